"""Colours with a meaning. Each holds a contrast of 3:1 on the light and on the dark page: one set serves both."""

from ocem.domain.comparison import Verdict

INK = "#7A8791"
"""Reference lines, axes, the baseline."""
BEFORE = "#8795A0"
AFTER = "#0E8AA0"
"""Seen values: before and after go-live."""
EXPECTED = "#B97A1E"
"""What was to be expected without the initiative."""
EXPECTED_BAND = "rgba(185, 122, 30, 0.18)"
COMPARISON = "#8A7BC8"
TARGET = "#2E8B6B"
BAND = "rgba(122, 135, 145, 0.11)"
CATEGORICAL = (
    "#0E8AA0",
    "#B97A1E",
    "#8A7BC8",
    "#2E9B72",
    "#D0594B",
    "#5B8DC9",
    "#A0785A",
    "#C06C9E",
    "#7F8C2F",
    "#7A8791",
)

VERDICT_COLOURS = {
    Verdict.IMPROVED: "#1F9D6B",
    Verdict.WORSENED: "#D0473B",
    Verdict.NO_RELEVANT_CHANGE: "#6F7F8B",
    Verdict.CHANGED_CAUSE_UNKNOWN: "#8A6FD1",
    Verdict.INCONCLUSIVE: "#B97A1E",
    Verdict.NOT_ENOUGH_DATA: "#8A959D",
    Verdict.NOT_COMPARABLE: "#8A959D",
}
