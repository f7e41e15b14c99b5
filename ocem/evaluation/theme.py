"""Themes: raise, decide, tell, close. Nothing is closed in silence without a recorded reason."""

from dataclasses import dataclass, replace
from datetime import date

from ocem.domain.access import Right
from ocem.domain.perimeter import Dimension
from ocem.domain.theme import Restitution, Tag, Theme, ThemeState, state_of, words_of
from ocem.errors import N_, DefinitionError, Named, Refused
from ocem.store import access, audit
from ocem.store import feedback as feedback_store
from ocem.store import theme as store
from ocem.store.database import Cursor, Database
from ocem.store.member import key_for, list_members
from ocem.store.perimeter import named


@dataclass(frozen=True)
class Told:
    """A theme with its state and the messages that gave it back, oldest first."""

    theme: Theme
    state: ThemeState
    messages: tuple[Restitution, ...]


def themes(database: Database) -> tuple[Told, ...]:
    """Return all themes, newest first."""
    with database.cursor() as con:
        messages = store.list_restitutions(con)
        return tuple(_told(item, messages) for item in store.list_themes(con))


def _told(theme: Theme, messages: list[Restitution]) -> Told:
    own = tuple(sorted((item for item in messages if item.theme == theme.key), key=lambda item: (item.day, item.key)))
    return Told(theme, state_of(theme, len(own)), own)


MOST_TAGS = 40
"""More would not be a vocabulary that people can hold in mind."""
SHORTEST_WORD = 3


def tags(database: Database) -> tuple[Tag, ...]:
    """Return the vocabulary, retired tags last."""
    with database.cursor() as con:
        return tuple(store.list_tags(con))


def spoken(database: Database) -> dict[str, tuple[str, ...]]:
    """Return the words that find comments, by ``theme.KEY`` and ``tag.KEY``; what has no words is left out."""
    with database.cursor() as con:
        known = store.list_tags(con)
        found = {f"theme.{item.key}": words_of(item, known) for item in store.list_themes(con)}
    found |= {f"tag.{item.key}": item.words for item in known if not item.retired}
    return {key: words for key, words in found.items() if words}


def save_tag(database: Database, tag: Tag, actor: str | None = None) -> Tag:
    """Store a tag of the vocabulary; an empty key makes a new one.

    Raises
    ------
    DefinitionError
        If it has no name or no word that finds comments, if another bears its name or one of its words, or if the
        vocabulary is full.
    """
    access.require(Right.COMMENT)
    label = tag.label_it.strip()
    words = tuple(dict.fromkeys(word.strip().casefold() for word in tag.words if word.strip()))
    if not label:
        raise DefinitionError(N_("Give the tag a name in Italian."))
    if not words or min(map(len, words)) < SHORTEST_WORD:
        raise DefinitionError(
            N_("{label}: name the words that find its comments, each of {n} letters or more."),
            label=Named(label, tag.label_en),
            n=SHORTEST_WORD,
        )
    with database.write() as con:
        known = store.list_tags(con)
        others = [item for item in known if item.key != tag.key]
        for other in others:
            if other.label_it.casefold() == label.casefold():
                raise DefinitionError(N_("There is already a tag called {label}."), label=named(other))
            for word in set(other.words) & set(words):
                raise DefinitionError(
                    N_("The word {word} belongs to the tag {label}. Take it out there first."),
                    word=word,
                    label=named(other),
                )
        if not tag.retired and sum(not item.retired for item in others) >= MOST_TAGS:
            raise DefinitionError(N_("The vocabulary holds {n} tags already. Retire one first."), n=MOST_TAGS)
        taken, base = {item.key for item in known}, key_for(label)
        key = tag.key or next(name for name in (base, *(f"{base}_{n}" for n in range(2, 999))) if name not in taken)
        english = tag.label_en.strip() or label
        saved = store.save_tag(con, replace(tag, key=key, words=words, label_it=label, label_en=english))
        audit.record(con, "theme_tag", saved.key, {"version": saved.version}, actor=actor)
    return saved


def new_theme_key(database: Database, label: str) -> str:
    """Return a key for a new theme that no other bears."""
    with database.cursor() as con:
        taken = {item.key for item in store.list_themes(con)}
    base = key_for(label)
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if key not in taken)


def save_theme(database: Database, theme: Theme, actor: str | None = None) -> Theme:
    """Store a theme after checking it.

    Raises
    ------
    DefinitionError
        If it has no name or no voice, or names rounds or a touchpoint that do not exist, or bears another's name.
    """
    access.require(Right.COMMENT)
    if not theme.label_it.strip():
        raise DefinitionError(N_("A theme needs a name."))
    if not theme.voices:
        raise DefinitionError(N_("Say who raised the theme {theme}: at least one voice."), theme=named(theme))
    with database.write() as con:
        for other in store.list_themes(con):
            if other.key != theme.key and other.label_it.casefold() == theme.label_it.strip().casefold():
                raise DefinitionError(N_("There is already a theme called {label}."), label=named(other))
        _check_rounds(con, theme.rounds)
        unknown = set(theme.tags) - {item.key for item in store.list_tags(con)}
        if unknown:
            raise DefinitionError(N_("There is no tag called {key}."), key=sorted(unknown)[0])
        known = {member.key for member in list_members(con, Dimension.TOUCHPOINT)}
        if theme.touchpoint and theme.touchpoint not in known:
            raise DefinitionError(N_("There is no touchpoint called {key}."), key=theme.touchpoint)
        saved = store.save_theme(con, theme)
        audit.record(con, "theme", saved.key, {"version": saved.version}, actor=actor)
    return saved


def _check_rounds(con: Cursor, keys: tuple[str, ...]) -> None:
    for key in keys:
        feedback_store.find_round(con, key)


def decide(database: Database, theme: Theme, actor: str | None = None) -> Theme:
    """Store what was decided about a theme.

    Raises
    ------
    DefinitionError
        If it does not say what was decided, by whom and when.
    """
    access.require(Right.DECIDE)
    if theme.decision is None or not theme.done_it.strip():
        raise DefinitionError(
            N_("Say what was decided about {theme}, in a sentence that can be told."), theme=named(theme)
        )
    if theme.decided_on is None or not theme.decided_by.strip():
        raise DefinitionError(N_("Say who decided about {theme}, and when."), theme=named(theme))
    if theme.decided_on < theme.raised_on:
        raise DefinitionError(
            N_("The decision of {decided} comes before the theme was raised, on {raised}."),
            decided=theme.decided_on,
            raised=theme.raised_on,
        )
    return save_theme(database, theme, actor)


def give_back(database: Database, message: Restitution, actor: str | None = None) -> Restitution:
    """Store a message that tells an audience what came of a theme; an empty key makes a new one.

    Raises
    ------
    DefinitionError
        If the message, its day or the person who stands for it is missing, or the theme has no decision to tell.
    NotFound
        If no theme or round bears the keys it names.
    """
    access.require(Right.DECIDE)
    with database.write() as con:
        theme = store.find_theme(con, message.theme)
        if not message.message_it.strip():
            raise DefinitionError(N_("Write the message that goes back to those who gave feedback."))
        if not message.by.strip():
            raise DefinitionError(N_("Say who stands for the message."))
        if theme.decision is None:
            raise DefinitionError(
                N_("Nothing has been decided about {theme} yet, so there is nothing to give back."),
                theme=named(theme),
            )
        if message.day < theme.raised_on:
            raise DefinitionError(
                N_("The message of {day} comes before the theme was raised, on {raised}."),
                day=message.day,
                raised=theme.raised_on,
            )
        _check_rounds(con, message.rounds)
        key = message.key or store.next_key(con, "restitution", "r")
        saved = store.save_restitution(con, replace(message, key=key))
        audit.record(con, "restitution", saved.key, {"theme": theme.key, "version": saved.version}, actor=actor)
    return saved


def close_theme(database: Database, key: str, by: str, day: date, silence: str = "", actor: str | None = None) -> Theme:
    """Close a theme that was given back, or for which the reason not to is recorded.

    Raises
    ------
    Refused
        If it was neither given back nor is there a reason not to.
    """
    access.require(Right.DECIDE)
    with database.write() as con:
        theme = store.find_theme(con, key)
        given = any(item.theme == key for item in store.list_restitutions(con))
        reason = silence.strip() or theme.silence
        if not given and not reason:
            raise Refused(
                N_(
                    "{theme} cannot be closed: nobody was told what came of it. Give it back, or record why nothing is "
                    "told."
                ),
                theme=named(theme),
            )
        if not by.strip():
            raise DefinitionError(N_("Say who closes {theme}."), theme=named(theme))
        saved = store.save_theme(con, replace(theme, closed_on=day, closed_by=by.strip(), silence=reason))
        audit.record(con, "theme_closed", key, {"silence": reason, "given_back": given}, actor=actor)
    return saved


def reopen_theme(database: Database, key: str, actor: str | None = None) -> Theme:
    """Open a closed theme again; what was decided and told stays."""
    access.require(Right.DECIDE)
    with database.write() as con:
        theme = store.find_theme(con, key)
        saved = store.save_theme(con, replace(theme, closed_on=None, closed_by=""))
        audit.record(con, "theme_reopened", key, {}, actor=actor)
    return saved
