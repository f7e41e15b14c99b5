"""Giving back: how much of what people said was answered, how soon, and what the next round says."""

from dataclasses import dataclass, replace
from datetime import date

from ocem.domain.feedback import FeedbackRound, Voice
from ocem.domain.perimeter import Perimeter
from ocem.domain.theme import Restitution, Theme, ThemeState, state_of
from ocem.evaluation.feedback import days_of, level_of, round_answers
from ocem.evaluation.view import EVERYTHING
from ocem.stats import gap
from ocem.stats.gap import Level
from ocem.stats.interval import Contrast
from ocem.store import feedback as feedback_store
from ocem.store import theme as store
from ocem.store.database import Cursor, Database
from ocem.store.feedback import EVERYWHERE, Which


@dataclass(frozen=True)
class Coverage:
    """Rounds that have ended and those given back; themes, those told, those with a recorded reason not to tell."""

    rounds: int
    rounds_told: int
    themes: int
    themes_told: int
    themes_silent: int
    median_days: float | None
    today: date
    sql: str


def coverage(database: Database, today: date) -> Coverage:
    """Return how much was given back until a day, and how long people waited for it."""
    with database.cursor() as con:
        row = store.coverage_row(con, today)
    return Coverage(*row, today, store.coverage_query(today))


@dataclass(frozen=True)
class Answered:
    """One thing people said and what was done: a line of the page that goes back to them."""

    theme: Theme
    state: ThemeState
    message: Restitution


def you_said(database: Database, audience: Voice, until: date | None = None) -> tuple[Answered, ...]:
    """Return what one audience was told, newest first: what they said, what was done, the message and its proof."""
    with database.cursor() as con:
        by_key = {item.key: item for item in store.list_themes(con)}
        messages = store.list_restitutions(con)
    counts: dict[str, int] = {}
    for item in messages:
        counts[item.theme] = counts.get(item.theme, 0) + 1
    return tuple(
        Answered(by_key[item.theme], state_of(by_key[item.theme], counts[item.theme]), item)
        for item in messages
        if item.audience is audience and item.theme in by_key and (until is None or item.day <= until)
    )


def audiences(database: Database) -> tuple[Voice, ...]:
    """Return the voices that were told something."""
    with database.cursor() as con:
        told = {item.audience for item in store.list_restitutions(con)}
    return tuple(voice for voice in Voice if voice in told)


@dataclass(frozen=True)
class Echo:
    """A question before and after people were told something: those told, those not told, and the difference.

    `told` and `others` pair the level in the round given back with the one in the next round of its series. `effect`
    is the change of those told minus that of the others. None where figures cannot be shown or nobody was left untold.
    """

    message: Restitution
    given_back: FeedbackRound
    next_round: FeedbackRound
    question: str
    told: tuple[Level | None, Level | None]
    others: tuple[Level | None, Level | None]
    change: Contrast | None
    others_change: Contrast | None
    effect: Contrast | None
    sql: tuple[str, ...]


def echoes(database: Database) -> tuple[Echo, ...]:
    """Return, for every message that gives a round back, how the next round of the series differs.

    The next round is the first of its series that begins after the message, over before today's data end.
    """
    with database.cursor() as con:
        rounds = feedback_store.list_rounds(con)
        _, finished = days_of(con, EVERYTHING)
        found = []
        for message in store.list_restitutions(con):
            for key in message.rounds:
                given = next((item for item in rounds if item.key == key), None)
                after = _next(rounds, given, message.day) if given else None
                if given is None or after is None or finished is None or after.last > finished:
                    continue
                if given.voice is message.audience:
                    found.append(_echo(con, message, given, after))
    return tuple(found)


def _next(rounds: list[FeedbackRound], given: FeedbackRound, told_on: date) -> FeedbackRound | None:
    later = [
        item
        for item in rounds
        if given.series and item.series == given.series and item.first > given.first and item.first >= told_on
    ]
    return min(later, key=lambda item: item.first, default=None)


def _echo(con: Cursor, message: Restitution, given: FeedbackRound, after: FeedbackRound) -> Echo:
    question = next((key for key in given.asks if key in after.asks), given.asks[0])
    told: list[Level | None] = []
    others: list[Level | None] = []
    texts = []
    for item in (given, after):
        which = replace(round_answers(item), questions=(question,))
        for levels, perimeter in zip((told, others), _sides(con, which, message), strict=True):
            if perimeter is None:
                levels.append(None)
                continue
            own = replace(which, perimeter=perimeter)
            rows = feedback_store.answer_sums(con, own)
            levels.append(level_of(rows[0]) if rows else None)
            texts.append(feedback_store.sums_query(own))
    change, others_change = _change(*told), _change(*others)
    effect = None
    if told[0] and told[1] and others[0] and others[1]:
        effect = gap.combine([(1.0, told[1]), (-1.0, told[0]), (-1.0, others[1]), (1.0, others[0])])
    pairs = (told[0], told[1]), (others[0], others[1])
    return Echo(message, given, after, question, *pairs, change, others_change, effect, tuple(texts))


def _change(before: Level | None, after: Level | None) -> Contrast | None:
    return gap.difference(before, after) if before and after else None


def _sides(con: Cursor, which: Which, message: Restitution) -> tuple[Perimeter | None, Perimeter | None]:
    """Return where those who were told answer, and where those who were not; None where there is nobody."""
    chosen = message.segments or message.touchpoints
    if not chosen:
        return EVERYWHERE, None
    dimension = "segment" if message.segments else "touchpoint"
    rows = feedback_store.answer_sums(con, which, dimension)
    rest = tuple(row.member for row in rows if row.member and row.member not in chosen)
    if dimension == "segment":
        return Perimeter(segments=chosen), Perimeter(segments=rest) if rest else None
    return Perimeter(touchpoints=chosen), Perimeter(touchpoints=rest) if rest else None
