"""The sentence of every reason and warning code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ocem.domain.comparison import Note
from ocem.i18n import N_, Words
from ocem.reporting import quantity
from ocem.reporting.names import Names


@dataclass(frozen=True)
class Template:
    """A sentence and how its values are written: ``percent``, ``value``, ``change``, ``segment`` ... by placeholder."""

    text: str
    forms: dict[str, str] = field(default_factory=dict)


TEMPLATES: dict[str, Template] = {
    # What a file of paths does not say.
    "rows_without_path": Template(
        N_("These rows have no path and are left out: {rows}, the first in line {line}."),
    ),
    "no_lost_column": Template(
        N_(
            "No column counts the journeys that did not convert; a line with 0 counts as one such journey: {lost} in "
            "all."
        )
    ),
    "one_touchpoint": Template(N_("Only one touchpoint occurs: it gets everything.")),
    "nothing_lost": Template(
        N_("No journey without a conversion is known: removal effects then only say how many paths pass a touchpoint.")
    ),
    "few_conversions": Template(
        N_("Conversions: {converted}. With so few the intervals are more a warning than a figure."),
    ),
    # Why a verdict was given.
    "inside_relevance": Template(
        N_("The whole interval lies within the relevance threshold of {relevance}."), {"relevance": "size"}
    ),
    "clear_gain": Template(
        N_("Even the cautious end of the interval ({least}) is beyond the threshold of {relevance}."),
        {"least": "size", "relevance": "size"},
    ),
    "gain_of_uncertain_size": Template(
        N_("The improvement is beyond noise, but it may be smaller than the threshold of {relevance}."),
        {"least": "size", "relevance": "size"},
    ),
    "clear_loss": Template(
        N_("Even the cautious end of the interval ({least}) is beyond the threshold of {relevance}."),
        {"least": "size", "relevance": "size"},
    ),
    "loss_of_uncertain_size": Template(
        N_("The worsening is beyond noise, but it may be smaller than the threshold of {relevance}."),
        {"least": "size", "relevance": "size"},
    ),
    "no_comparison_group": Template(
        N_("No group that nobody touched was declared, so season, market and initiative cannot be told apart.")
    ),
    "interval_too_wide": Template(
        N_("These windows would show changes of {mde} or more; what counts is {relevance}."),
        {"mde": "size", "relevance": "size"},
    ),
    "relevance_not_declared": Template(N_("No relevance threshold was declared, so nothing can be called irrelevant.")),
    # Why there is no verdict.
    "no_data": Template(N_("There are no data yet for {kpi}."), {"kpi": "kpi"}),
    "no_go_live": Template(N_("The initiative has no go-live day for these segments.")),
    "not_live_yet": Template(N_("The initiative goes live on {go_live}: there is no after yet.")),
    "no_baseline": Template(N_("There are no data before the go-live, so there is nothing to compare with.")),
    "too_few_weeks_before": Template(N_("Finished weeks before the go-live: {weeks}. At least {needed} are needed.")),
    "too_few_weeks_after": Template(N_("Finished weeks after the go-live: {weeks}. At least {needed} are needed.")),
    "too_short_without_comparison": Template(
        N_(
            "Without a comparison group at least {needed} weeks of history are needed to tell the season from a "
            "change; there are {weeks}."
        )
    ),
    "too_few_answers": Template(N_("Too few answers in these windows for a figure that means anything.")),
    "too_few_cells": Template(N_("Too few cells to compare with one another.")),
    "all_missing": Template(N_("In these windows every value is missing.")),
    "no_variation": Template(N_("The value never changes, so nothing can be estimated.")),
    "not_estimable": Template(N_("The series cannot be estimated reliably.")),
    "go_live_outside_data": Template(N_("The go-live lies outside the days for which there are data.")),
    "overlapping_windows": Template(N_("The windows before and after overlap; weeks in both: {weeks}.")),
    "windows_on_wrong_side": Template(N_("A window lies on the wrong side of the go-live.")),
    "not_positive": Template(N_("The values are not all above zero, as this kind of KPI needs.")),
    "comparison_missing": Template(N_("The comparison group has no data in these windows.")),
    "comparison_needed": Template(N_("This method needs a comparison group.")),
    "negative_weights": Template(N_("Some denominators are negative, so a ratio of sums means nothing.")),
    "comparison_treated": Template(
        N_("The comparison group got the initiative too ({segments}), so it shows nothing any more."),
        {"segments": "segment"},
    ),
    "definition_changed": Template(
        N_("The definition of {kpi} changed after the baseline was frozen (now version {version})."), {"kpi": "kpi"}
    ),
    # What weakens a verdict.
    "no_ex_ante_benchmark": Template(
        N_("No baseline was frozen before the go-live: the before figures could have been chosen afterwards.")
    ),
    "frozen_after_go_live": Template(N_("The baseline was frozen only after the go-live.")),
    "segments_not_live_yet": Template(N_("Not live yet, left out: {segments}."), {"segments": "segment"}),
    "segments_without_go_live": Template(N_("Without a go-live day, left out: {segments}."), {"segments": "segment"}),
    "mix_shift": Template(
        N_(
            "Most of what one sees is a different mix of segments: {raw} as it looks, {fixed} with the mix "
            "of the baseline."
        ),
        {"raw": "change", "fixed": "change"},
    ),
    "baseline_restated": Template(
        N_("Data imported later changed the days of the frozen baseline: frozen {frozen}, now {now}."),
        {"frozen": "value", "now": "value"},
    ),
    "closure_weeks": Template(
        N_("Closure or holiday weeks left out of the estimate: {count}, of which after the go-live: {evaluated}.")
    ),
    "thin_weeks_merged": Template(N_("Thin weeks merged with the next: {count}.")),
    "answers_together": Template(
        N_(
            "Answers are few: on average those of {weeks} weeks are counted together, so a change shows late and looks "
            "smaller at first."
        )
    ),
    "weeks_missing": Template(N_("Weeks without data: {count}.")),
    "short_history": Template(N_("Short history: {weeks} weeks before the go-live, less than a year.")),
    "few_answers": Template(N_("Few answers: {answers}, where {wanted} would be wanted.")),
    "small_counts": Template(N_("The counts are small, so the interval is rough.")),
    "strong_persistence": Template(
        N_("Each week resembles the one before (correlation {rho}), so the weeks say less than they seem to."),
        {"rho": "decimal"},
    ),
    "trend_before": Template(
        N_("The two groups were drifting apart before the go-live already ({per_year} a year)."),
        {"per_year": "percent", "low": "percent", "high": "percent"},
    ),
    "placebo_moved": Template(
        N_("In {count} of {of} invented go-live days before the real one there seemed to be a change too.")
    ),
    "baseline_before_data": Template(N_("The before window starts on {first}, but the data start only on {data}.")),
    "baseline_not_reached": Template(N_("The before window ends on {last}, but the data reach only {data}.")),
    "cohorts_left_out": Template(
        N_("{count} of {of} go-live groups could not be estimated and are left out of the figures.")
    ),
    "cells_left_out": Template(N_("Cells left out for too little data: {count}.")),
    # Before the evaluation is over, and what an analyst chose.
    "provisional": Template(
        N_("Provisional: the evaluation runs until {until}. Until then there is no verdict, because it may still turn.")
    ),
    "looked_at_every_week": Template(
        N_("No last day of the evaluation was fixed, so the interval is widened to hold for a look every week.")
    ),
    "method_chosen": Template(N_("An analyst chose the method {method}; it is not the one these data ask for.")),
    "interval_holds_zero": Template(N_("The interval holds both a rise and a fall.")),
    "no_interval": Template(N_("This method gives no interval, so there is no verdict.")),
    # Tests of what else may have moved the figure.
    "tracking_break": Template(N_("What is counted changed on {day}, so before and after are not the same measure.")),
    "touchpoint_silent": Template(
        N_("Nothing has arrived from {touchpoint} since {day} ({weeks} weeks): a break in the export looks like this."),
        {"touchpoint": "touchpoint"},
    ),
    "unknown_segment": Template(
        N_("Rows without a segment went from {before} to {after}: the way of recording changed."),
        {"before": "percent", "after": "percent"},
    ),
    "unknown_touchpoint": Template(
        N_("Rows without a touchpoint went from {before} to {after}: the way of recording changed."),
        {"before": "percent", "after": "percent"},
    ),
    "unknown_phase": Template(
        N_("Rows without a phase went from {before} to {after}: the way of recording changed."),
        {"before": "percent", "after": "percent"},
    ),
    "level_shift_everywhere": Template(
        N_(
            "In the week of {day} nearly all touchpoints moved by {change} at once, and stayed there: this looks like "
            "a change of what is counted, not like customers."
        ),
        {"change": "percent"},
    ),
    "answers_changed": Template(
        N_("The number of answers changed by {relative}: other people than before may be answering."),
        {"relative": "percent"},
    ),
    "anticipation": Template(
        N_("In the {weeks} weeks before the go-live something moved already: people may have acted in advance.")
    ),
    "regression_to_the_mean": Template(
        N_(
            "The {weeks} weeks before the go-live were unusually bad. Part of the improvement may be a return to "
            "normal that would have come anyway."
        )
    ),
    "unusual_before": Template(N_("The {weeks} weeks before the go-live were unusual.")),
    "comparison_moved": Template(
        N_("The comparison group moved too at that time: part of the difference may be its own doing.")
    ),
    "one_week_carries": Template(N_("A single week carries the verdict: without the week of {week} it falls.")),
    "effect_grows": Template(N_("The effect was still growing within the evaluation: the figure is its mean.")),
    "effect_fades": Template(N_("The effect faded within the evaluation: the figure is its mean.")),
    "season_uncertain": Template(
        N_("The season was seen less than twice ({weeks} weeks), so it cannot be taken out with certainty.")
    ),
    "overlapping_initiative": Template(
        N_("Other initiatives started here too: {initiatives}. Their effects cannot be told apart."),
        {"initiatives": "initiative"},
    ),
    "event_within": Template(
        N_("Something else happened here within the evaluation, noted on {day}. See the list of events.")
    ),
    "baseline_not_a_year": Template(N_("The data reach back only {weeks} weeks before the go-live, less than a year.")),
    "easter_in_one_window": Template(N_("Easter lies in one of the two windows only.")),
    "closure_in_one_window": Template(N_("August or Christmas lies in one of the two windows only.")),
    # Links, displacement, drivers, and why a number moved.
    "nothing_imported": Template(N_("There are no finished weeks of data yet.")),
    "too_few_weeks": Template(N_("Finished weeks: {weeks}. At least {needed} are needed.")),
    "kpi_without_data": Template(N_("There are no data for {kpi} here."), {"kpi": "kpi"}),
    "linked_to_itself": Template(N_("{kpi} cannot be linked to itself; choose two different KPIs."), {"kpi": "kpi"}),
    "too_short": Template(
        N_("{kpi} has a value in {weeks} weeks that were no closure; at least {needed} are needed."), {"kpi": "kpi"}
    ),
    "missing": Template(N_("{kpi} lacks a value in more than a quarter of its weeks."), {"kpi": "kpi"}),
    "lag_too_long": Template(
        N_("A delay of up to {lag} weeks needs at least {needed} weeks of history; there are {weeks}.")
    ),
    "thin_segment": Template(
        N_("Too few rows a week to judge this segment: {rows}, where {needed} are needed."),
        {"rows": "whole", "needed": "whole"},
    ),
    "common_movement": Template(
        N_("They move together only as far as everything does: without what the other KPIs share nothing is left.")
    ),
    "hidden_by_common": Template(
        N_(
            "This delay shows once what moves all KPIs is taken out; before that both seem to move together most at "
            "{lag} weeks."
        )
    ),
    "same_week": Template(N_("Both move in the same week: which comes first cannot be said.")),
    "outcome_leads": Template(
        N_(
            "The second also moves before the first, and more closely (r {r}, {lag} weeks): read the direction with "
            "care."
        ),
        {"r": "decimal"},
    ),
    "both_ways": Template(N_("The second also moves before the first (r {r}, {lag} weeks)."), {"r": "decimal"}),
    "no_segment_in_view": Template(N_("The initiative has no go-live day for the segments in view.")),
    "no_interactions_here": Template(
        N_("No interactions are recorded at {touchpoint}, so there is nothing to weigh against the others."),
        {"touchpoint": "touchpoint"},
    ),
    "everyone_went_live": Template(
        N_("It went live for every segment, so no group is left that shows what would have happened without it.")
    ),
    "no_volume": Template(N_("There are no interactions here in the judged weeks.")),
    "no_comparison": Template(N_("There is nothing to compare with.")),
    "too_small": Template(N_("Too few contacts a week to judge.")),
    "comparison_too_small": Template(N_("The segments to compare with have too few contacts a week.")),
    "harder_ones_remain": Template(
        N_(
            "The contacts that remain are the harder ones: what the new touchpoint settles by itself is gone, so do "
            "not compare their cost, time or resolution with those of before."
        )
    ),
    "thin_comparison": Template(
        N_("Only {segments} stands for what would have happened anyway."), {"segments": "segment"}
    ),
    "volume_too_small": Template(
        N_(
            "The extra volume is too small against the ups and downs of the others; more weeks or more volume are "
            "needed."
        )
    ),
    "wide_ratio": Template(
        N_(
            "Contacts per extra one here are known to within {half}; up to {told_apart} a verdict is right in 95 of "
            "100 cases, beyond it less often."
        ),
        {"half": "decimal", "told_apart": "decimal"},
    ),
    "no_data_before": Template(N_("There are no data for {kpi} in the first window."), {"kpi": "kpi"}),
    "no_data_after": Template(N_("There are no data for {kpi} in the second window."), {"kpi": "kpi"}),
    "simpson": Template(
        N_(
            "Parts and whole disagree: the whole changed by {change}, but every part moved the other way. The whole "
            "changed because its mix did."
        ),
        {"change": "change", "rate": "change", "mix": "change"},
    ),
    "mix_dominates": Template(
        N_("Most of the change is a different mix: {mix} against {rate} within the parts."),
        {"change": "change", "rate": "change", "mix": "change"},
    ),
    "too_few_drivers": Template(N_("No two questions are asked together with it often enough.")),
    "too_few_links": Template(N_("one link only leads to it, so there is nothing to share out.")),
    "drivers_explain_nothing": Template(
        N_("its links together explain {r2} of its ups and downs, too little to rank them."), {"r2": "percent"}
    ),
    "too_few_questionnaires": Template(N_("Complete questionnaires: {n}. At least {needed} are needed.")),
    "answers_never_vary": Template(N_("Everybody answers the same, so nothing can be told apart.")),
    "explains_nothing": Template(
        N_("the other questions explain {r2} of the differences, too little to rank them."), {"r2": "percent"}
    ),
}


MORE_DIGITS = 6
"""Decimals that are added at most to tell two numbers apart."""
MILD = frozenset({"closure_weeks", "thin_weeks_merged", "weeks_missing", "effect_grows", "looked_at_every_week"})
"""How the estimate was made rather than what weakens it."""


def sentence(words: Words, item: Note, unit: str, names: Names) -> str:
    """Say one note."""
    template = TEMPLATES.get(item.code)
    if template is None:
        return words.gettext("Note: {code}.", code=item.code)
    values = {
        name: _shown(words, value, template.forms.get(name, ""), unit, names) for name, value in item.values.items()
    }
    if item.code == "baseline_restated":
        values |= _told_apart(words, item.values, unit)
    return words.gettext(template.text, **values)


def _told_apart(words: Words, values: Mapping[str, Any], unit: str) -> dict[str, str]:
    """Write numbers with as many decimals as it takes to tell them apart."""
    most = max(quantity.value_digits(float(value), unit) for value in values.values())
    for digits in range(most, most + MORE_DIGITS):
        said = {name: quantity.value(words, float(value), unit, digits) for name, value in values.items()}
        if len(set(said.values())) > 1:
            break
    return said


def sentences(words: Words, notes: Iterable[Note], unit: str, names: Names) -> list[str]:
    """Say several notes, each once."""
    return list(dict.fromkeys(sentence(words, item, unit, names) for item in notes))


def _shown(words: Words, value: object, form: str, unit: str, names: Names) -> str:
    if value is None or not form:
        return words.show(value)
    if isinstance(value, list | tuple):
        return words.listed(_shown(words, item, form, unit, names) for item in value)
    match form:
        case "percent":
            return words.percent(float(str(value)), 0 if abs(float(str(value))) >= 0.1 else 1)
        case "whole":
            return words.number(float(str(value)))
        case "decimal":
            return words.number(float(str(value)), 2)
        case "value":
            return quantity.value(words, float(str(value)), unit)
        case "change":
            return quantity.difference(words, float(str(value)), unit)
        case "size":
            return quantity.threshold(words, float(str(value)), unit)
        case "kpi":
            return names.kpi(str(value))
        case "objective":
            return names.objective(str(value))
        case "initiative":
            return names.initiative(str(value))
        case "segment" | "touchpoint" | "phase":
            return names.member(form, str(value))
    return words.show(value)
