"""The 6-12 chart and its box in words: percent for volumes, points for rates, nothing for what is not finished."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ocem.domain.number_box import BoxFigure, Change, Figure, NumberBox, Period, Target
from ocem.domain.perimeter import Perimeter
from ocem.i18n import Words
from ocem.reporting import six_twelve, six_twelve_figure

MONDAY = date(2026, 11, 16)


def shown(first: date, last: date, value: float | None, working: int = 5) -> Figure:
    return Figure(first, last, value, 100.0, working)


def a_box(unit: str, value: float, past: float, finished: bool = True) -> NumberBox:
    in_points = unit in ("share", "points", "score")
    weeks = []
    for back in range(5, -1, -1):
        first = MONDAY - timedelta(weeks=back)
        before = first - timedelta(days=364)
        weeks.append(
            Period(
                shown(first, first + timedelta(days=6), value),
                shown(before, before + timedelta(days=6), past),
                finished or back > 0,
            )
        )
    months = [
        Period(
            shown(date(2025, 11, 1), date(2025, 11, 30), value),
            shown(date(2024, 11, 1), date(2024, 11, 30), past),
            True,
        ),
        Period(
            shown(date(2026, 11, 1), date(2026, 11, 22), value),
            shown(date(2025, 11, 1), date(2025, 11, 22), past),
            False,
        ),
    ]
    amount = value - past if in_points else value / past - 1
    changes = (Change("year_before", weeks[-1].year_before, amount),) if finished else ()
    figures = (BoxFigure("last_week", weeks[-1].now, changes, finished),)
    return NumberBox(
        "k", unit, "up", Perimeter(), MONDAY, MONDAY + timedelta(days=6), unit == "count", in_points, False,
        tuple(weeks), tuple(months), figures, Target("o", past, None),
    )  # fmt: skip


def texts(thing: object) -> list[str]:
    """Every text anywhere in a figure."""
    if isinstance(thing, dict):
        return [text for value in thing.values() for text in texts(value)]
    if isinstance(thing, list | tuple):
        return [text for value in thing for text in texts(value)]
    return [thing] if isinstance(thing, str) else []


def test_rates_change_by_points_and_volumes_by_percent() -> None:
    rate, volume = six_twelve.rows(Words("it"), a_box("share", 0.27, 0.18)), six_twelve.rows(
        Words("it"), a_box("count", 1200, 1000)
    )  # fmt: skip
    assert rate[0].change == "+9,0\u00a0pt" and volume[0].change == "+20%"
    assert (rate[0].value, rate[0].against_days) == ("27%", "17–23 nov 2025")


@pytest.mark.parametrize("unit", ["count", "share", "hours"])
def test_what_is_not_finished_is_hatched_and_has_no_percentage(unit: str) -> None:
    words = Words("it")
    box = a_box(unit, 12.0 if unit != "share" else 0.2, 10.0 if unit != "share" else 0.1, finished=False)
    (row,) = six_twelve.rows(words, box)
    assert row.change == "" and row.against == "" and "non finita" in row.name
    figure = six_twelve_figure.figure(words, box)
    hatched = [trace for trace in figure["data"] if trace["name"] == "Non finito"]
    assert len(hatched) == 2 and all(trace["marker"]["pattern"]["shape"] == "/" for trace in hatched)
    for trace in figure["data"]:
        if trace["name"] == "Effettivo":
            assert trace["y"][-1] is None
        if trace["name"] == "Non finito":
            last = trace["text"][-1]
            assert "non finito" in last and "+" not in last and "anno prima" not in last


def test_long_durations_are_read_in_hours() -> None:
    box = six_twelve.readable_box(a_box("seconds", 18_000.0, 14_400.0))
    assert box.unit == "hours" and box.weeks[0].now.value == 5.0 and box.target is not None and box.target.value == 4.0
    assert six_twelve.rows(Words("en"), a_box("seconds", 18_000.0, 14_400.0))[0].value == "5\u00a0h"


def test_targets_are_marks_without_a_line_and_scale_with_days_for_totals() -> None:
    box = a_box("count", 700.0, 650.0)
    goals = [trace for trace in six_twelve_figure.figure(Words("it"), box)["data"] if trace["name"] == "Obiettivo"]
    assert all(trace["mode"] == "markers" for trace in goals)
    assert goals[0]["y"][0] == 650.0 and goals[1]["y"][0] == pytest.approx(650.0 * 30 / 7)


def test_weeks_unlike_in_working_days_say_which_holidays() -> None:
    box = a_box("count", 900.0, 1000.0)
    now = replace(box.weeks[-1].now, first=date(2026, 4, 6), last=date(2026, 4, 12), working_days=4,
                  holidays=(date(2026, 4, 6),))  # fmt: skip
    item = replace(box.figures[0], figure=now)
    said = six_twelve.notes(Words("it"), replace(box, figures=(item,)))
    assert "Lunedì dell'Angelo, 6 apr 2026" in said[0]
    assert "Easter Monday" in six_twelve.notes(Words("en"), replace(box, figures=(item,)))[0]


def test_a_box_without_any_value_is_not_drawn_as_if_it_had() -> None:
    box = a_box("share", 0.2, 0.1)
    bare = [
        replace(p, now=replace(p.now, value=None), year_before=replace(p.year_before, value=None)) for p in box.weeks
    ]
    months = [
        replace(p, now=replace(p.now, value=None), year_before=replace(p.year_before, value=None)) for p in box.months
    ]
    nothing = replace(box, weeks=tuple(bare), months=tuple(months), target=None)
    assert not nothing.has_values
    assert six_twelve_figure.figure(Words("it"), nothing)["data"]
