"""A review of real store data, put together by hand: every KPI charted with plain XmR limits."""

from datetime import UTC, date, datetime, timedelta

import numpy as np

from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Cell, Dimension, Perimeter
from ocem.domain.review import (
    ActionRecord,
    ChartCount,
    Contribution,
    DecisionRecord,
    EventNear,
    ItemNote,
    Named,
    ObjectiveFinding,
    ReviewDocument,
    ReviewItem,
    SeriesPoint,
    SourceAsOf,
    week_key,
)
from ocem.evaluation.comparison import compare
from ocem.evaluation.number_box import number_box
from ocem.evaluation.scope import by_member, scope_of, total
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.series import weekly_cube

BASELINE, SHOWN = 20, 60
NOON = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)


def review_document(database: Database, kpis: tuple[str, ...], closed: bool = False) -> ReviewDocument:
    """Return the review of the last finished week with one item a KPI."""
    with database.cursor() as con:
        reaches = source_reaches(con)
        known = {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)}
        objectives = {item.key: item for item in objective_store.list_objectives(con)}
        members = {
            (str(item.dimension), item.key): Named(item.key, item.label_it, item.label_en)
            for dimension in Dimension
            for item in list_members(con, dimension)
        }
    last = last_finished_day(reaches)
    assert last is not None
    monday = last - timedelta(days=6)
    items = tuple(_item(database, rank, *known[key], members, last) for rank, key in enumerate(kpis, 1))
    found = tuple(
        ObjectiveFinding(
            Named(item.key, item.label_it, item.label_en),
            _named(known[item.kpi][1]),
            item.owner,
            comparison,
        )
        for comparison in compare(database, checks=False)
        for item in [objectives[comparison.objective or ""]]
    )
    return ReviewDocument(
        week=week_key(monday),
        first=monday,
        last=last,
        version=1,
        state="closed" if closed else "open",
        finished=True,
        as_of=tuple(
            SourceAsOf(
                Named(r.source, r.source.title(), r.source.title()), r.fact.value, r.last_day, r.finished, NOON, 1
            )
            for r in reaches
        ),
        data_version=3,
        expected_false_alarms=1.2,
        charts=ChartCount(60, 4, 2),
        items=items,
        comparisons=found,
        decisions_due=(_decision(1, items[0], monday, "due"),) if items else (),
        decisions=(_decision(2, items[-1], monday, "waiting"),) if items else (),
        actions=actions(monday),
        attendees=("Giulia Marchetti", "Luca Però", "Sara D'Amico"),
        notes=(
            ItemNote(items[0].key, "Il numero verde è stato spostato martedì: verificare con l'assistenza.", "Giulia"),
            ItemNote("", "Prossima riunione lunedì alle 9.", "Luca"),
        )
        if items
        else (),
        closed_by="Giulia Marchetti" if closed else "",
        closed_at=NOON if closed else None,
    )


def actions(monday: date) -> tuple[ActionRecord, ...]:
    """Return one late action and two that are not."""
    return (
        ActionRecord(1, "Chiamare le dieci officine che non riordinano dal portale", "Sara D'Amico",
                     monday - timedelta(days=4), "open", True, "2026-W44", 4),
        ActionRecord(2, "Spostare il modulo di richiesta in testa alla pagina", "Luca Però",
                     monday + timedelta(days=10), "open", False, "2026-W46"),
        ActionRecord(3, '=HYPERLINK("http://example.com";"apri")', "@qualcuno", monday, "done", False, "2026-W45"),
    )  # fmt: skip


def _named(kpi: Kpi) -> Named:
    return Named(kpi.key, kpi.label_it, kpi.label_en)


def _decision(number: int, item: ReviewItem, monday: date, state: str) -> DecisionRecord:
    return DecisionRecord(
        number, "Aprire il portale anche alle officine più piccole, con un referente per zona", item.kpi, item.unit,
        item.kind, item.direction, Perimeter(), (), monday - timedelta(days=56), monday + timedelta(days=1),
        0.02, 0.01, 0.03, "Giulia Marchetti", "2026-W38", state, expected_relative=True,
    )  # fmt: skip


def _item(
    database: Database, rank: int, number: int, kpi: Kpi, members: dict[tuple[str, str], Named], last: date
) -> ReviewItem:
    with database.cursor() as con:
        cube = weekly_cube(con, number, last - timedelta(days=7 * SHOWN - 1), last)
    scope = scope_of(cube, kpi, Perimeter())
    sums = total(cube, scope)
    values = _values(kpi, sums)
    base = values[:BASELINE]
    centre = float(np.nanmean(base))
    spread = 2.66 * float(np.nanmean(np.abs(np.diff(base))))
    lower, upper = max(centre - spread, 0.0), centre + spread
    points = tuple(
        SeriesPoint(
            cube.weeks[at].astype(object),
            None if np.isnan(values[at]) else float(values[at]),
            lower,
            centre,
            upper,
            ("outside",) if not lower <= values[at] <= upper else (),
            baseline=at < BASELINE,
            finished=True,
        )
        for at in range(len(values))
    )
    keys, parts = by_member(cube, "segment", scope)
    each = [
        np.nan_to_num(_values(kpi, {name: part[place] for name, part in parts.items()})) for place in range(len(keys))
    ]
    contributions = tuple(
        Contribution(
            "segment", members.get(("segment", key), Named(key, key, key)), float(np.nanmean(each[place][:BASELINE])),
            float(each[place][-1]), 0.2, 0.25, 0.01 * centre, float(each[place][-1]) - centre,
        )
        for place, key in enumerate(keys)
    )  # fmt: skip
    now = float(values[-1])
    return ReviewItem(
        rank, _named(kpi), 1, Cell(), (), Perimeter(), kpi.unit, kpi.kind.value, kpi.direction.value,
        ("outside",) if rank % 2 else ("run",), (now > centre) == (kpi.direction.value == "up"),
        abs(now - centre) / (spread / 3 or 1.0), now, centre, lower, upper, "raw", "xmr",
        "locked" if rank % 3 else "provisional",
        cube.weeks[0].astype(object), cube.weeks[BASELINE - 1].astype(object) + timedelta(days=6), BASELINE, 0.31,
        "hit_or_miss" if rank % 2 else None, upper * 1.02 if rank % 2 else None, owner=kpi.owner, series=points,
        events=(
            EventNear("portale", "go_live", "Portale riordini, PMI", "Re-order portal, SMEs",
                      last - timedelta(days=90), last - timedelta(days=90)),
            EventNear("fiera", "campaign", "Campagna d'autunno: perché sì", "Autumn campaign",
                      last - timedelta(days=40), last - timedelta(days=12)),
        ),
        contributions=contributions, numbers=number_box(database, kpi.key), previous=float(values[-2]),
    )  # fmt: skip


def _values(kpi: Kpi, sums: dict[str, np.ndarray]) -> np.ndarray:
    if kpi.denominator is None and kpi.kind.value in ("count", "sum"):
        return np.asarray(sums["numerator"], dtype=float)
    below = sums["denominator"]
    return np.divide(sums["numerator"], below, out=np.full(len(below), np.nan), where=below > 0)
