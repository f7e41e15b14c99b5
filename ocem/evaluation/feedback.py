"""Four voices: what each says, both sides of the same dimension, how evenly touchpoints are lived, and the rounds."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from ocem.domain.access import Right
from ocem.domain.feedback import QUESTIONS, SHARED, FeedbackRound, Form, Voice
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.errors import N_, DefinitionError, StatsInputError
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats import gap, spread
from ocem.stats.gap import Level
from ocem.stats.interval import Contrast, Interval, RatioSums
from ocem.stats.share import wilson
from ocem.stats.spread import Spread, SpreadChange
from ocem.store import access, audit
from ocem.store import feedback as store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.feedback import AnswerSums, Comment, Which
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.screening import screen

WEEKS = 13
SPREAD_WEEKS = 52
"""Weeks before the first go-live and up to the last finished week over which homogeneity is told."""
SPREAD_QUESTIONS = ("csat", "simplicity", "speed", "ces")


@dataclass(frozen=True)
class VoiceFigure:
    """One question as one voice answers it: figure with interval and number of answers.

    Empty `level` with `asked` means that the answers are too few to be shown.
    """

    voice: Voice
    question: str
    asked: bool
    answers: int | None = None
    level: Level | None = None


@dataclass(frozen=True)
class Voices:
    """What all voices say over inclusive days of whole weeks."""

    first: date | None
    last: date | None
    figures: tuple[VoiceFigure, ...]
    held_back: bool
    sql: str

    def figure(self, voice: str, question: str) -> VoiceFigure | None:
        """Return one figure."""
        return next((item for item in self.figures if (item.voice, item.question) == (voice, question)), None)


def days_of(con: Cursor, view: View, weeks: int = WEEKS) -> tuple[date | None, date | None]:
    """Return the days in view that are whole finished weeks; by default the last 13."""
    finished = last_finished_day(source_reaches(con))
    if finished is None:
        return None, None
    last = min(view.last, finished) if view.last else finished
    last -= timedelta(days=(last.weekday() + 1) % 7)
    first = view.first or last - timedelta(days=7 * weeks - 1)
    first += timedelta(days=-first.weekday() % 7)
    return (first, last) if first <= last else (None, None)


def level_of(sums: AnswerSums) -> Level | None:
    """Return the figure of a group's answers; None when one respondent alone gave them."""
    question = QUESTIONS.get(sums.question)
    form = question.form if question else Form.MEAN
    ends = {Form.NPS: (-1.0, 1.0), Form.TOP2: (0.0, 1.0)}.get(
        form, (float(question.low), float(question.high)) if question else (float("-inf"), float("inf"))
    )
    if sums.n < 2:
        return None
    ratio = RatioSums(sums.n, sums.y, sums.x, sums.yy, sums.xx, sums.xy)
    return gap.level(ratio, *ends, share=form is Form.TOP2, score=form is Form.NPS)


def voices(database: Database, view: View = EVERYTHING) -> Voices:
    """Return what every voice says to every question of the catalogue, over the days in view."""
    with database.cursor() as con:
        first, last = days_of(con, view)
        if first is None or last is None:
            return Voices(None, None, (), False, "")
        which = Which(first, last, perimeter=view.perimeter())
        found = {(item.voice, item.question): item for item in store.answer_sums(con, which)}
        ever = store.asked(con)
        figures = []
        for question in QUESTIONS:
            for voice in Voice:
                sums = found.get((voice, question))
                asked = (voice, question) in ever
                figures.append(
                    VoiceFigure(voice, question, asked, sums.answers, level_of(sums))
                    if sums
                    else VoiceFigure(voice, question, asked)
                )
        held_back = store.is_held_back(con, which)
    return Voices(first, last, tuple(figures), held_back, store.sums_query(which))


@dataclass(frozen=True)
class Gap:
    """The same dimension asked of both sides: how customers live it, how the other side believes they do.

    `difference` is the other side minus the customers.
    """

    question: str
    customers: VoiceFigure
    others: VoiceFigure
    difference: Contrast | None


@dataclass(frozen=True)
class TwoViews:
    """Both sides over the same days."""

    first: date | None
    last: date | None
    other: Voice
    gaps: tuple[Gap, ...]
    sql: str


def two_views(database: Database, other: Voice = Voice.STAFF, view: View = EVERYTHING) -> TwoViews:
    """Compare customers with another voice on every dimension that both were asked about."""
    found = voices(database, view)
    gaps = []
    for question in SHARED:
        mine, theirs = found.figure(Voice.CUSTOMER, question), found.figure(other, question)
        if mine is None or theirs is None or not (mine.asked and theirs.asked):
            continue
        both = gap.difference(mine.level, theirs.level) if mine.level and theirs.level else None
        gaps.append(Gap(question, mine, theirs, both))
    return TwoViews(found.first, found.last, other, tuple(gaps), found.sql)


def sides(database: Database, view: View = EVERYTHING) -> tuple[Voice, ...]:
    """Return the voices that were asked at least one dimension which customers were asked too."""
    found = voices(database, view)
    return tuple(
        voice
        for voice in (Voice.STAFF, Voice.PARTNER, Voice.DISTRIBUTOR)
        if any(
            (mine := found.figure(Voice.CUSTOMER, question))
            and mine.asked
            and (theirs := found.figure(voice, question))
            and theirs.asked
            for question in SHARED
        )
    )


@dataclass(frozen=True)
class TouchpointLevel:
    """One touchpoint in both windows; None where it has no answers that may be shown."""

    touchpoint: str
    before: Level | None
    after: Level | None


@dataclass(frozen=True)
class Homogeneity:
    """How differently touchpoints are lived, before and after, with the days of both windows.

    The spreads cover the touchpoints that are in both windows, so that a new one does not change what is compared;
    `after_all` covers all of them. None where fewer than three can be told.
    """

    question: str
    initiative: str | None
    before_days: tuple[date, date] | None
    after_days: tuple[date, date] | None
    touchpoints: tuple[TouchpointLevel, ...]
    before: Spread | None = None
    after: Spread | None = None
    after_all: Spread | None = None
    change: SpreadChange | None = None
    sql: tuple[str, ...] = ()


def homogeneity(
    database: Database, question: str = "csat", initiative: str | None = None, view: View = EVERYTHING
) -> Homogeneity:
    """Return the spread between touchpoints in the year before the first go-live and in the last year.

    Without a go-live both windows are the last two years, one after the other.
    """
    with database.cursor() as con:
        _, last = days_of(con, view)
        if last is None:
            return Homogeneity(question, initiative, None, None, ())
        after = (last - timedelta(days=7 * SPREAD_WEEKS - 1), last)
        end = after[0] - timedelta(days=1)
        if initiative:
            go_live = min(item.day for item in objective_store.find_initiative(con, initiative).go_lives)
            end = go_live - timedelta(days=go_live.weekday() + 1)
            after = (max(after[0], go_live + timedelta(days=-go_live.weekday() % 7)), last)
        before = (end - timedelta(days=7 * SPREAD_WEEKS - 1), end)
        found, texts = [], []
        for first_day, last_day in (before, after):
            which = Which(first_day, last_day, (Voice.CUSTOMER,), (question,), view.perimeter())
            rows = store.answer_sums(con, which, "touchpoint")
            found.append({row.member: level_of(row) for row in rows if row.member})
            texts.append(store.sums_query(which, "touchpoint"))
        order = [member.key for member in list_members(con, Dimension.TOUCHPOINT)]
    seen = set(found[0]) | set(found[1])
    levels = tuple(TouchpointLevel(key, found[0].get(key), found[1].get(key)) for key in order if key in seen)
    both = [item for item in levels if item.before and item.after]
    one, two = _spread([item.before for item in both]), _spread([item.after for item in both])
    return Homogeneity(
        question,
        initiative,
        before,
        after,
        levels,
        one,
        two,
        _spread([item.after for item in levels]),
        spread.change(one, two) if one and two else None,
        tuple(texts),
    )


def _spread(levels: list[Level | None]) -> Spread | None:
    known = [item for item in levels if item is not None and item.standard_error > 0]
    try:
        return spread.between([item.value for item in known], [item.standard_error for item in known])
    except StatsInputError:
        return None


@dataclass(frozen=True)
class RoundResult:
    """A round, how many answered (to the nearest five), the response rate with its interval, the leading figure.

    `respondents` is None when fewer answered than may be shown, which is `fewest`.
    """

    round: FeedbackRound
    respondents: int | None
    fewest: int
    rate: Interval | None
    leading: VoiceFigure | None
    sql: tuple[str, ...]


def rounds(database: Database) -> tuple[RoundResult, ...]:
    """Return all rounds with what came back, newest first."""
    with database.cursor() as con:
        return tuple(_result(con, item) for item in store.list_rounds(con))


def _result(con: Cursor, item: FeedbackRound) -> RoundResult:
    n = store.round_respondents(con, item)
    leading = None
    texts = [store.respondents_query(con, item)]
    if item.asks:
        which = replace(round_answers(item), questions=item.asks[:1])
        rows = store.answer_sums(con, which)
        texts.append(store.sums_query(which))
        leading = VoiceFigure(item.voice, item.asks[0], True)
        if rows:
            leading = VoiceFigure(item.voice, item.asks[0], True, rows[0].answers, level_of(rows[0]))
    rate = wilson(min(n, item.invited), item.invited) if item.invited and n else None
    return RoundResult(item, n, store.fewest_of(con, item.voice), rate, leading, tuple(texts))


def round_answers(item: FeedbackRound) -> Which:
    """Return which answers count for a round: the weeks whose Sunday lies in it, so that no week counts twice."""
    first = item.first - timedelta(days=6)
    return Which(first + timedelta(days=-first.weekday() % 7), item.last, (item.voice,), item.asks, Perimeter())


def save_round(database: Database, item: FeedbackRound, actor: str | None = None) -> FeedbackRound:
    """Store a feedback round after checking it.

    Raises
    ------
    DefinitionError
        If its days, its number of people or its questions cannot be.
    """
    access.require(Right.DEFINE)
    if not item.label_it.strip():
        raise DefinitionError(N_("Give the round a name in Italian."))
    if item.last < item.first:
        raise DefinitionError(
            N_("The round ends on {last}, before it begins on {first}."),
            first=item.first,
            last=item.last,
        )
    if item.invited is not None and item.invited < 1:
        raise DefinitionError(N_("{found} people asked: leave it empty if nobody counted."), found=item.invited)
    unknown = [key for key in item.asks if key not in QUESTIONS]
    if unknown or not item.asks:
        raise DefinitionError(
            N_("A round asks at least one known question; found {found}. Known: {known}."),
            found=", ".join(unknown) or "–",
            known=", ".join(QUESTIONS),
        )
    with database.write() as con:
        for other in store.list_rounds(con):
            if other.key != item.key and other.label_it.casefold() == item.label_it.strip().casefold():
                raise DefinitionError(N_("There is already a round called {label}."), label=other.label_it)
        saved = store.save_round(con, item)
        audit.record(con, "round", saved.key, {"version": saved.version}, actor=actor)
    return saved


@dataclass(frozen=True)
class Comments:
    """Comments that may be shown, newest first, how many there are in all, and words that recur outside any theme."""

    first: date | None
    last: date | None
    n: int
    by_theme: tuple[tuple[str, int], ...]
    in_no_theme: int
    shown: tuple[Comment, ...]
    frequent: tuple[tuple[str, int], ...]
    sql: str


def comments(
    database: Database, themes: dict[str, tuple[str, ...]], view: View = EVERYTHING, only: str | None = None
) -> Comments:
    """Return the comments of the days in view; `only` those that speak of one theme.

    What single members of the staff wrote is counted, to the nearest five, and never shown.
    """
    with database.cursor() as con:
        first, last = days_of(con, view)
        if first is None or last is None:
            return Comments(None, None, 0, (), 0, (), (), "")
        which = Which(first, last, perimeter=view.perimeter())
        n, by_theme, none = store.comment_counts(con, which, themes)
        words = tuple(word.casefold() for word in themes.get(only or "", ()))
        open_voices = replace(which, voices=tuple(voice.value for voice in Voice if voice is not Voice.STAFF))
        shown = store.comments(con, open_voices, words) if not only or words else []
        every = tuple(word.casefold() for words in themes.values() for word in words)
        frequent = store.frequent_words(con, open_voices, every)
        sql = store.counts_query(con, which, themes)
    wanted = screen(database)
    shown = [replace(item, text=wanted.clean(item.text)) for item in shown]
    return Comments(first, last, n, tuple(by_theme.items()), none, tuple(shown), tuple(frequent), sql)
