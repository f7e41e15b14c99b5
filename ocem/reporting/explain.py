"""Why this number: method, windows, other routes to the same effect, in words."""

from dataclasses import dataclass

from ocem.domain.comparison import Comparison, Sensitivity, Verdict
from ocem.i18n import N_, Words, formats
from ocem.reporting import quantity
from ocem.reporting.comparison import is_silent
from ocem.reporting.names import Names

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

SOURCES = {
    "difference_ar1": "Zellner & Tiao (1964), J. Am. Stat. Assoc. 59, 763-778; Prais & Winsten (1954)",
    "difference_trend_ar1": "Zellner & Tiao (1964), J. Am. Stat. Assoc. 59, 763-778; Prais & Winsten (1954)",
    "pooled_cells": "Donald & Lang (2007), Rev. Econ. Stat. 89, 221-233",
    "interrupted_ar1": "Lopez Bernal, Cummins & Gasparrini (2017), Int. J. Epidemiol. 46, 348-355",
    "staggered_ar1": "Callaway & Sant'Anna (2021), J. Econometrics 225, 200-230",
}
"""Where each formula stands."""

CHOICES = ("auto", "difference_ar1", "difference_trend_ar1", "interrupted_ar1")
"""Methods among which an analyst may choose."""

ALONE = ("interrupted_ar1",)
"""Methods without a comparison group."""


SHORT = ("difference_ar1",)
"""Methods for fewer than 80 weeks before the go-live."""


def method_text(words: Words, comparison: Comparison) -> str:
    """Describe how the effect was estimated, and where that is weaker than it says."""
    if comparison.method not in METHODS:
        return formats.NOTHING
    said = words.gettext(METHODS[comparison.method])
    if comparison.method not in SHORT:
        return said
    weaker = words.gettext(
        "With fewer than 80 weeks before, a slow drift under the noise of single weeks may go unseen: such series are "
        "called changed in up to 10 cases of 100, not 5."
    )
    return f"{said} {weaker}"


def method_name(words: Words, method: str) -> str:
    """Name a method in a few words, for a choice among several."""
    _ = words.gettext
    return {
        "auto": _("The one the data ask for"),
        "difference_ar1": _("Difference to the comparison group"),
        "difference_trend_ar1": _("Difference with its own trend"),
        "interrupted_ar1": _("The series alone"),
        "pooled_cells": _("One change per cell"),
        "staggered_ar1": _("Several go-live days, averaged"),
    }.get(method, method)


def method_source(words: Words, comparison: Comparison) -> str:
    """Say where the formula of the method stands."""
    if comparison.method not in SOURCES:
        return ""
    return words.gettext("Formula: {source}.", source=SOURCES[comparison.method])


@dataclass(frozen=True)
class Route:
    """The same effect by another route, in words."""

    name: str
    change: str
    interval: str
    verdict: Verdict


def routes(words: Words, comparison: Comparison, names: Names) -> list[Route]:
    """Return the routes that lead to an effect: another mix, method, window, comparison group, a week left out."""
    if is_silent(comparison):
        return []
    digits = quantity.digits_of(comparison)
    return [
        Route(
            _route_name(words, item, names),
            quantity.difference(words, item.effect.absolute, comparison.unit, digits),
            quantity.interval(words, item.effect, comparison.unit, digits),
            Verdict(item.values["verdict"]),
        )
        for item in comparison.sensitivities
        if item.effect is not None and "verdict" in item.values
    ]


def _route_name(words: Words, item: Sensitivity, names: Names) -> str:
    _ = words.gettext
    match item.code:
        case "raw_mix":
            return _("With the mix of segments as it fell")
        case "other_method":
            return _("Method: {name}", name=method_name(words, item.values["method"]))
        case "median":
            return _("The median instead of the mean")
        case "later_start":
            return _("Without the first {weeks} weeks of the evaluation", weeks=item.values["weeks"])
        case "baseline_only":
            return _("With the {weeks} weeks of the baseline alone to learn from", weeks=item.values["weeks"])
        case "other_group":
            keys = words.listed(names.member("segment", key) for key in item.values["segments"])
            return _("Compared with {segments} alone", segments=keys)
        case "without_week":
            return _("Without the week of {week}", week=item.values["week"])
    return item.code


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
    """Say what the same analysis finds in the time before the go-live."""
    if is_silent(comparison):
        return []
    said = []
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


def _pre_trend(words: Words, comparison: Comparison, item: Sensitivity) -> str:
    scale = item.values.get("scale")
    if scale == "identity":
        low, high = (quantity.difference(words, item.values[name], comparison.unit) for name in ("low", "high"))
    else:
        low, high = (words.percent(item.values[name], 1, signed=True) for name in ("low", "high"))
    if comparison.method in ALONE:
        return words.gettext("Drift before the go-live: {low} to {high} a year.", low=low, high=high)
    return words.gettext("Drift between the two groups before the go-live: {low} to {high} a year.", low=low, high=high)
