"""Why this number: method, windows, other routes to the same effect, in words."""

from ocem.domain.comparison import Comparison, Sensitivity
from ocem.i18n import N_, Words, formats
from ocem.reporting import quantity
from ocem.reporting.comparison import is_silent

METHODS = {
    "difference_ar1": N_(
        "Weekly difference to the comparison group, a step at the go-live, errors that remember the week before "
        "(AR(1))."
    ),
    "difference_trend_ar1": N_(
        "Weekly difference to the comparison group with its own trend, a step at the go-live, errors that remember the "
        "week before (AR(1))."
    ),
    "pooled_cells": N_("One change per cell, inside against outside the perimeter, pooled t test."),
    "interrupted_ar1": N_(
        "One series alone: step, trend and yearly season, errors that remember the week before (AR(1)). It cannot "
        "tell the initiative from anything else that happened at the same time."
    ),
    "staggered_ar1": N_(
        "Several go-live days: one estimate each against the comparison group, averaged with fixed weights."
    ),
}

ALONE = ("interrupted_ar1",)
"""Methods without a comparison group."""


def method_text(words: Words, comparison: Comparison) -> str:
    """Describe how the effect was estimated."""
    return words.gettext(METHODS[comparison.method]) if comparison.method in METHODS else formats.NOTHING


def window_rows(words: Words, comparison: Comparison) -> list[tuple[str, str, str, str]]:
    """Return both windows: name, days, observations, value."""
    _ = words.gettext
    silent = is_silent(comparison)
    digits = quantity.digits_of(comparison)
    return [
        (
            name,
            words.span(window.first, window.last),
            words.number(window.n) if window.n is not None else formats.NOTHING,
            formats.NOTHING if silent else quantity.value(words, window.value, comparison.unit, digits),
        )
        for name, window in ((_("Before"), comparison.baseline), (_("After"), comparison.evaluation))
    ]


def sensitivity_sentences(words: Words, comparison: Comparison) -> list[str]:
    """Say what the same effect looks like by other routes."""
    if is_silent(comparison):
        return []
    said = [_raw_mix(words, comparison, item) for item in comparison.sensitivities if item.code == "raw_mix"]
    placebos = [item for item in comparison.sensitivities if item.code == "placebo"]
    if placebos:
        moved = sum(item.values["low"] > 0 or item.values["high"] < 0 for item in placebos)
        said.append(
            words.ngettext(
                "One invented go-live day before the real one: in {moved} there seemed to be a change.",
                "{n} invented go-live days before the real one: in {moved} there seemed to be a change.",
                len(placebos),
                moved=moved,
            )
        )
    said += [_pre_trend(words, comparison, item) for item in comparison.sensitivities if item.code == "pre_trend"]
    return said


def _raw_mix(words: Words, comparison: Comparison, item: Sensitivity) -> str:
    if item.effect is None:
        return ""
    digits = quantity.digits_of(comparison)
    return words.gettext(
        "With the mix of segments as it fell: {change} ({interval}).",
        change=quantity.difference(words, item.effect.absolute, comparison.unit, digits),
        interval=quantity.interval(words, item.effect, comparison.unit, digits),
    )


def _pre_trend(words: Words, comparison: Comparison, item: Sensitivity) -> str:
    scale = item.values.get("scale")
    if scale == "identity":
        low, high = (quantity.difference(words, item.values[name], comparison.unit) for name in ("low", "high"))
    else:
        low, high = (words.percent(item.values[name], 1, signed=True) for name in ("low", "high"))
    if comparison.method in ALONE:
        return words.gettext("Drift before the go-live: {low} to {high} a year.", low=low, high=high)
    return words.gettext("Drift between the two groups before the go-live: {low} to {high} a year.", low=low, high=high)
