"""The theme carries whole palettes for both appearances; a missing one falls back to Streamlit's own in silence."""

import re
import tomllib
from pathlib import Path

import pytest

from ocem.reporting import palette

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
STYLE = (ROOT / "ocem" / "ui" / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_every_chart_palette_has_exactly_ten_colours(appearance):
    theme = CONFIG["theme"][appearance]
    for name in ("chartCategoricalColors", "chartSequentialColors", "chartDivergingColors"):
        assert len(theme[name]) == 10
    assert theme["chartCategoricalColors"] == list(palette.CATEGORICAL)


def test_fonts_and_icon_are_served_by_us():
    static = ROOT / "ocem" / "ui" / "static"
    for face in CONFIG["theme"]["fontFaces"]:
        assert (static / face["url"].removeprefix("app/static/")).is_file()
    assert (static / "icon.png").is_file() and (static / "fonts" / "LICENSE-IBM-Plex-OFL.txt").is_file()


def test_nothing_in_the_style_is_fetched_from_elsewhere():
    assert [url for url in re.findall(r"url\(\"?([^)\"]+)", STYLE) if not url.startswith("data:")] == []


def test_every_verdict_mark_and_tone_is_drawn():
    from ocem.domain.comparison import Verdict
    from ocem.i18n import Words
    from ocem.reporting.comparison import verdict_look

    for verdict in Verdict:
        look = verdict_look(Words("en"), verdict)
        assert f".oce-mark-{look.mark} " in STYLE
        assert f".oce-{look.tone} " in STYLE and f"st-key-card_{look.tone}" in STYLE
