"""Figures: what is drawn, and what is not when no number may be shown."""

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from ocem.domain.comparison import Verdict
from ocem.domain.perimeter import Cell
from ocem.i18n import Words
from ocem.reporting import chart, palette, sparkline
from ocem.reporting.names import Names
from tests.reporting.findings import COMPARISONS, SEGMENTS, comparison

IT = Words("it")
NAMES = Names.of(IT, SEGMENTS)


def _contrast(one: str, two: str) -> float:
    """WCAG 2 contrast of two colours written as #rrggbb."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("surface", ["#FFFFFF", "#152129"], ids=["light", "dark"])
def test_every_colour_of_a_chart_can_be_seen_on_both_pages(surface: str):
    colours = [*palette.CATEGORICAL, *palette.VERDICT_COLOURS.values(), palette.EXPECTED, palette.AFTER, palette.TARGET]
    assert [colour for colour in colours if _contrast(colour, surface) < 3.0] == []


def test_there_are_exactly_ten_categorical_colours():
    assert len(set(palette.CATEGORICAL)) == 10


def test_the_history_shows_the_expectation_the_windows_and_the_go_live():
    figure = chart.history(IT, comparison())
    go.Figure(figure)  # plotly accepts every key
    drawn = [trace.get("name") for trace in figure["data"]]
    assert {"Prima", "Dopo", "Atteso senza l'iniziativa"} <= set(drawn)
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["prima", "dopo", "avvio", "obiettivo"]
    assert figure["layout"]["separators"] == ",."


def test_shares_are_drawn_in_percent():
    figure = chart.history(IT, comparison())
    seen = next(trace for trace in figure["data"] if trace.get("name") == "Prima")
    assert 15 < seen["y"][0] < 21  # 18.2% with a wobble
    assert figure["layout"]["yaxis"]["ticksuffix"] == "%"


def test_months_on_the_axis_are_in_the_readers_language():
    assert chart.history(IT, comparison())["layout"]["xaxis"]["ticktext"][:2] == ["ott 24", "gen 25"]


def test_a_silent_comparison_draws_no_expectation():
    silent = replace(comparison(), verdict=Verdict.NOT_COMPARABLE)
    assert "Atteso senza l'iniziativa" not in [trace.get("name") for trace in chart.history(IT, silent)["data"]]


def test_effects_by_cell_draw_intervals_and_name_what_cannot_be_compared():
    cells = [
        replace(comparison(), cell=Cell(segment="pmi")),
        replace(COMPARISONS[-1], cell=Cell(segment="officine")),
    ]
    figure = chart.effects(IT, cells, "segment", NAMES)
    go.Figure(figure)
    [dots] = figure["data"]
    assert dots["y"] == ["PMI manifatturiere"]
    assert dots["x"] == pytest.approx([9.1])
    assert dots["error_x"]["array"] == pytest.approx([3.0]) and dots["error_x"]["arrayminus"] == pytest.approx([3.0])
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["Non confrontabile"]


def test_a_sparkline_is_an_image_with_a_text_and_without_numbers_in_it():
    svg = sparkline.sparkline(IT, comparison(), 'Riordini "self-service" <b>')
    assert svg is not None and 'role="img"' in svg
    assert "&lt;b&gt;" in svg and "<b>" not in svg


def test_a_history_of_three_weeks_has_no_sparkline():
    assert sparkline.sparkline(IT, replace(comparison(), weeks=comparison().weeks[:3]), "x") is None
