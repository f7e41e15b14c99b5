"""The weeks, months and figures to date on the page of an objective, in both languages."""

import pytest

from tests.ui.reading import seen


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("it", ("settimane, mesi e anno prima", "Ultima settimana", "Mese in corso", "16–22 giu 2025")),
        ("en", ("weeks, months and the year before", "Last week", "Month to date", "16–22 Jun 2025")),
    ],
)
def test_an_objective_shows_its_figures_with_the_days_compared(home, visit, lang, wanted):
    """The deals end on 24 June 2026: the last finished week is 15-21 June, matched with 16-22 June 2025."""
    app = visit("objectives", objective="riordini", lang=lang)
    assert not app.exception
    text = seen(app)
    for words in wanted:
        assert words in text, words
    assert "pt" in text.split(wanted[1])[1][:60]


def test_a_segment_without_the_kpi_draws_no_box(home, visit):
    app = visit("objectives", objective="riordini", seg="strategici")
    assert not app.exception
    assert "settimane, mesi e anno prima" not in seen(app)
