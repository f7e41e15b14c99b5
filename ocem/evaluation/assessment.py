"""Maturity: what raters say, what the data know, the score that follows, and how it came about."""

from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean

from ocem.domain.access import Right
from ocem.domain.assessment import (
    FUNCTIONS,
    HIGHEST,
    KEYS,
    LOWEST,
    RUBRIC,
    Assessment,
    level_from_evidence,
    score,
)
from ocem.errors import N_, DefinitionError
from ocem.store import access, audit
from ocem.store import assessment as store
from ocem.store.assessment import EvidenceRow
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import key_for


@dataclass(frozen=True)
class Evidence:
    """What the data say of one dimension: the figures and the level of the rubric they mean."""

    dimension: str
    name: str
    row: EvidenceRow
    level: int
    sql: str


@dataclass(frozen=True)
class DimensionResult:
    """One dimension of an edition: what every rater said, their mean and how far apart they are, and what counts.

    `level` is the evidence's where there is evidence, otherwise the raters' mean; None where nobody knows.
    """

    dimension: str
    ratings: tuple[tuple[str, int], ...]
    mean: float | None
    low: int | None
    high: int | None
    evidence: int | None
    level: float | None


@dataclass(frozen=True)
class Involvement:
    """How much a function is involved, 0 to 4: the raters' mean and how far apart they are."""

    function: str
    mean: float
    low: int
    high: int
    n: int


@dataclass(frozen=True)
class Edition:
    """One self-assessment: its raters, dimensions, involvement of functions and score out of ten.

    `rated_score` is what the raters alone would give.
    """

    name: str
    day: date
    raters: tuple[Assessment, ...]
    dimensions: tuple[DimensionResult, ...]
    involvement: tuple[Involvement, ...]
    score: float | None
    rated_score: float | None


@dataclass(frozen=True)
class Maturity:
    """All editions, newest first, and what the data say now."""

    editions: tuple[Edition, ...]
    evidence: tuple[Evidence, ...]


def maturity(database: Database) -> Maturity:
    """Return the history of self-assessments and today's evidence."""
    with database.cursor() as con:
        evidence = _evidence(con)
        found = store.list_assessments(con)
    names = dict.fromkeys(item.edition for item in found)
    editions = [_edition(name, [item for item in found if item.edition == name]) for name in names]
    return Maturity(tuple(sorted(editions, key=lambda item: item.day, reverse=True)), evidence)


def _evidence(con: Cursor) -> tuple[Evidence, ...]:
    last = last_finished_day(source_reaches(con))
    if last is None:
        return ()
    found = []
    for dimension in RUBRIC:
        if not dimension.is_known:
            continue
        row = store.evidence_row(con, dimension.evidence, last)
        level = evidence_level(dimension.evidence, row)
        if level is not None:
            sql = store.evidence_query(dimension.evidence, last)
            found.append(Evidence(dimension.key, dimension.evidence, row, level, sql))
    return tuple(found)


def evidence_level(name: str, row: EvidenceRow) -> int | None:
    """Return the level that a figure means; None where there is nothing to judge.

    Examples
    --------
    >>> evidence_level("frozen_share", EvidenceRow(4, 5)), evidence_level("frozen_share", EvidenceRow(0, 0))
    (3, 0)
    >>> [evidence_level("journey_reach", EvidenceRow(*row)) for row in ((0, 0), (0, 9), (0, 9, 3), (2, 9), (6, 9))]
    [0, 1, 2, 3, 4]
    >>> [evidence_level("giving_back_level", EvidenceRow(*row)) for row in ((0, 0, 0), (0, 3, 1), (3, 4, 2), (3, 4, 4))]
    [0, 1, 2, 3]
    """
    share = row.part / row.of if row.of else 0.0
    if name == "frozen_share":
        return level_from_evidence(name, share) if row.of else 0
    if name == "data_kinds":
        return level_from_evidence(name, row.part)
    if name == "journey_reach":
        if row.part:
            return 4 if share >= 0.5 else 3
        return 2 if row.extra else 1 if row.of else 0
    if name == "giving_back_level":
        if not row.extra:
            return 0
        if not row.part:
            return 1
        return 2 if row.extra < 4 or share < 0.5 else 3 if share < 0.8 else 4
    return level_from_evidence(name, share) if row.of else None


def _edition(name: str, raters: list[Assessment]) -> Edition:
    known: dict[str, int] = {}
    for item in raters:
        known |= item.evidence
    dimensions = tuple(_dimension(key, raters, known.get(key)) for key in KEYS)
    involvement = []
    for function in FUNCTIONS:
        given = [item.involvement[function] for item in raters if function in item.involvement]
        if given:
            involvement.append(Involvement(function, fmean(given), min(given), max(given), len(given)))
    return Edition(
        name,
        max(item.day for item in raters),
        tuple(raters),
        dimensions,
        tuple(involvement),
        score({item.dimension: item.level for item in dimensions if item.level is not None}),
        score({item.dimension: item.mean for item in dimensions if item.mean is not None}),
    )


def _dimension(key: str, raters: list[Assessment], evidence: int | None) -> DimensionResult:
    ratings = tuple((item.rater, item.levels[key]) for item in raters if key in item.levels)
    given = [level for _rater, level in ratings]
    mean = fmean(given) if given else None
    level = float(evidence) if evidence is not None else mean
    return DimensionResult(key, ratings, mean, min(given, default=None), max(given, default=None), evidence, level)


def save_assessment(database: Database, item: Assessment, actor: str | None = None) -> Assessment:
    """Store what one rater says, with what the data said that day; the same rater's second answer is a new version.

    Raises
    ------
    DefinitionError
        If rater or edition is missing, nothing was rated, or a level is outside the scale.
    """
    access.require(Right.COMMENT)
    if not item.rater.strip() or not item.edition.strip():
        raise DefinitionError(N_("Say who rates, and in which edition."))
    if not item.levels:
        raise DefinitionError(N_("Rate at least one dimension."))
    for name, level in [*item.levels.items(), *item.involvement.items()]:
        if name not in (*KEYS, *FUNCTIONS):
            raise DefinitionError(N_("There is no dimension called {name}."), name=name)
        if not LOWEST <= level <= HIGHEST:
            raise DefinitionError(
                N_("{name}: a level lies between {lowest} and {highest}, found {found}."),
                name=name,
                lowest=LOWEST,
                highest=HIGHEST,
                found=level,
            )
    key = item.key or f"{key_for(item.edition)}.{key_for(item.rater)}"
    with database.write() as con:
        evidence = item.evidence or {found.dimension: found.level for found in _evidence(con)}
        saved = store.save_assessment(con, replace(item, key=key, evidence=evidence))
        audit.record(con, "assessment", saved.key, {"edition": item.edition, "version": saved.version}, actor=actor)
    return saved
