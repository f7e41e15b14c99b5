"""The numbers box on days drawn here, counted again in plain Python."""

from datetime import date, timedelta

import numpy as np
import pytest

from ocem.domain.number_box import BoxFigure, NumberBox
from ocem.domain.perimeter import Perimeter
from ocem.errors import NotFound
from ocem.evaluation.number_box import number_box
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.evaluation import world

pytestmark = pytest.mark.slow  # many small ones that add up

FIRST = date(2024, 1, 1)
LAST = FIRST + timedelta(days=7 * world.N_WEEKS - 1)  # Sunday 28 June 2026


@pytest.fixture
def orders(database: Database) -> dict[str, np.ndarray]:
    load_documents(database, world.DEFINITIONS)
    drawn = world.orders(daily=8.0)
    world.import_orders(database, drawn)
    return drawn


def counted(drawn: dict[str, np.ndarray], first: date, last: date, segments: tuple[str, ...] = ()) -> tuple[int, int]:
    """Orders and self-service orders on inclusive days, row by row."""
    low, high = (first - FIRST).days, (last - FIRST).days
    inside = (drawn["day"] >= low) & (drawn["day"] <= high)
    if segments:
        inside &= np.isin(drawn["segment"], segments)
    return int(inside.sum()), int((inside & drawn["self"]).sum())


def figure(box: NumberBox, name: str) -> BoxFigure:
    return next(item for item in box.figures if item.name == name)


def test_every_period_is_what_counting_rows_gives(database: Database, orders: dict[str, np.ndarray]) -> None:
    share, count = number_box(database, "self_service_reorder_share"), number_box(database, "orders")
    assert [p.now.first for p in share.weeks] == [LAST - timedelta(days=6 + 7 * k) for k in range(5, -1, -1)]
    for of_share, of_count in zip((*share.weeks, *share.months), (*count.weeks, *count.months), strict=True):
        for one, two in ((of_share.now, of_count.now), (of_share.year_before, of_count.year_before)):
            n, own = counted(orders, one.first, one.last)
            assert one.value == pytest.approx(own / n, rel=1e-12) and one.n == n
            assert two.value == n


def test_rates_differ_in_points_and_volumes_in_percent(database: Database, orders: dict[str, np.ndarray]) -> None:
    share, count = number_box(database, "self_service_reorder_share"), number_box(database, "orders")
    n, own = counted(orders, date(2026, 6, 22), LAST)
    n_before, own_before = counted(orders, date(2025, 6, 23), date(2025, 6, 29))
    changes = {change.against: change for change in figure(share, "last_week").changes}
    assert changes["year_before"].base.first == date(2025, 6, 23)
    assert share.in_points and changes["year_before"].amount == pytest.approx(own / n - own_before / n_before)
    changes = {change.against: change for change in figure(count, "last_week").changes}
    assert not count.in_points and changes["year_before"].amount == pytest.approx(n / n_before - 1)


def test_figures_to_date_are_compared_on_equally_many_days(database: Database, orders: dict[str, np.ndarray]) -> None:
    box = number_box(database, "orders")
    spans = {
        "month_to_date": (date(2026, 6, 1), date(2025, 6, 1), date(2025, 6, 28)),
        "quarter_to_date": (date(2026, 4, 1), date(2025, 4, 1), date(2025, 6, 28)),
        "year_to_date": (date(2026, 1, 1), date(2025, 1, 1), date(2025, 6, 28)),
    }
    for name, (first, past_first, past_last) in spans.items():
        item = figure(box, name)
        (change,) = item.changes
        assert (item.figure.first, item.figure.last) == (first, LAST)
        assert (change.base.first, change.base.last) == (past_first, past_last)
        n, past = counted(orders, first, LAST)[0], counted(orders, past_first, past_last)[0]
        assert item.figure.value == n and change.amount == pytest.approx(n / past - 1)


def test_the_running_month_is_unfinished_and_the_twelve_before_it_are_whole(
    database: Database, orders: dict[str, np.ndarray]
) -> None:
    box = number_box(database, "orders")
    assert [item.finished for item in box.months] == [True] * 12 + [False]
    assert box.months[-2].now.last == date(2026, 5, 31) and box.months[0].now.first == date(2025, 6, 1)
    assert (box.months[-1].now.first, box.months[-1].now.last) == (date(2026, 6, 1), LAST)


def test_an_unfinished_week_has_no_change_anywhere(database: Database, orders: dict[str, np.ndarray]) -> None:
    box = number_box(database, "orders", week=LAST + timedelta(days=3))
    assert not box.last_week.finished and not figure(box, "last_week").finished
    assert figure(box, "last_week").changes == ()
    assert box.last_week.now.value is None  # nothing has come in: not zero
    assert figure(box, "month_to_date").figure.last == LAST  # only finished days count


def test_a_week_seen_later_is_seen_as_it_was_then(database: Database, orders: dict[str, np.ndarray]) -> None:
    box = number_box(database, "orders", week=date(2026, 3, 4))
    assert box.week == date(2026, 3, 2) and box.months[-1].now.last == date(2026, 3, 8)
    assert figure(box, "year_to_date").figure.value == counted(orders, date(2026, 1, 1), date(2026, 3, 8))[0]


def test_periods_before_the_data_begin_have_no_figure(database: Database, orders: dict[str, np.ndarray]) -> None:
    box = number_box(database, "orders", week=date(2024, 9, 4))
    assert box.months[0].now.value is None and box.months[-2].now.value is not None
    assert all(item.year_before.value is None for item in box.months)
    assert all(change.amount is None for item in box.figures for change in item.changes[1:])


def test_easter_brings_the_partner_as_far_from_easter(database: Database, orders: dict[str, np.ndarray]) -> None:
    box = number_box(database, "orders", week=date(2026, 4, 8))
    changes = {change.against: change.base for change in figure(box, "last_week").changes}
    assert (changes["year_before"].first, changes["easter"].first) == (date(2025, 4, 7), date(2025, 4, 21))
    assert box.last_week.now.working_days == 4 and changes["year_before"].working_days == 5
    assert date(2026, 4, 6) in box.last_week.now.holidays
    assert "easter" not in {change.against for change in figure(number_box(database, "orders"), "last_week").changes}


def test_the_target_shows_only_for_its_own_perimeter(database: Database, orders: dict[str, np.ndarray]) -> None:
    own = number_box(database, "self_service_reorder_share", Perimeter(segments=("officine", "pmi")))
    assert own.target is not None and own.target.value == 0.3
    n, mine = counted(orders, own.last_week.now.first, LAST, ("officine", "pmi"))
    assert own.last_week.now.value == pytest.approx(mine / n)
    assert number_box(database, "self_service_reorder_share").target is None


def test_figures_that_come_by_the_month_have_no_weeks(database: Database, orders: dict[str, np.ndarray]) -> None:
    days = [(date(2024 + k // 12, k % 12 + 1, 1) - FIRST).days for k in range(30)]
    monthly = {
        "day": np.repeat(np.array(days), 3),
        "segment": np.tile(np.array(["pmi", "officine", "strategici"]), 30),
        "self": np.ones(90, dtype=bool),
    }
    with database.write() as con:
        con.execute("DELETE FROM daily")
        con.execute(
            "INSERT INTO daily SELECT (SELECT id FROM kpi WHERE key = 'orders' AND current), 'sale', "
            "CAST('2024-01-01' AS DATE) + CAST(unnest(?) AS INTEGER), 0, 0, 0, 1, 1, 1, 1, 0, 0",
            [monthly["day"].tolist()],
        )
    box = number_box(database, "orders")
    assert box.monthly and all(item.now.value is None for item in box.weeks)
    assert [item.finished for item in box.months] == [True] * 12
    assert "last_week" not in {item.name for item in box.figures}
    assert figure(box, "month_to_date").figure.last == date(2026, 5, 31)


def test_a_kpi_without_data_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        number_box(database, "orders")
    with pytest.raises(NotFound):
        number_box(database, "no_such_kpi")
