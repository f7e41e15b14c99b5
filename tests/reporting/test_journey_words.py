"""Journeys and attribution in words and pictures: both languages, nothing undefined, no picture that lies."""

import json
from dataclasses import replace
from datetime import date

import pytest

from ocem.evaluation.attribution import AttributionTable, TouchpointCredit
from ocem.evaluation.journey import JourneyReport, PhaseRow, StepRow
from ocem.evaluation.journey_flow import Flow, FlowLink
from ocem.evaluation.journey_window import Window
from ocem.i18n import Words
from ocem.reporting import attribution as credit_said
from ocem.reporting import journey as said
from ocem.reporting import journey_flow
from ocem.reporting.names import Names
from ocem.stats.attribution import MODELS
from ocem.store.journey_count import JourneyFigures
from ocem.store.journey_tracing import ContactTracing, OrderTracing

AFTER = JourneyFigures(1000, 400, 900, 800, 850, 600, 4000, 1800, 7.0)
BEFORE = replace(AFTER, won=800, days_to_order=9.0)
STEPS = (
    StepRow("email", 900, 0.02, 0.3, 0.68, "sito_web", 0.4, None),
    StepRow("sito_web", 400, 0.2, 0.2, 0.6, "email", 0.3, 0.1),
    StepRow("fiera", 4, 0.9, 0.0, 0.1, None, 0.0, None),
)
REPORT = JourneyReport(
    Window(date(2026, 8, 17), date(2026, 11, 15)), Window(date(2025, 8, 18), date(2025, 11, 16)), None, (), AFTER,
    BEFORE, None, None, steps=STEPS, stops_most="sito_web", data_from=date(2024, 1, 1),
)  # fmt: skip
FLOW = Flow(
    (
        FlowLink((1, "email"), (2, "sito_web"), 300),
        FlowLink((1, "email"), (5, "ordered"), 500),
        FlowLink((1, "untraced"), (5, "ordered"), 100),
        FlowLink((2, "sito_web"), (5, "ordered"), 200),
        FlowLink((2, "sito_web"), (5, "stopped"), 100),
        FlowLink((5, "ordered"), (6, "email"), 400),
        FlowLink((5, "ordered"), (6, "silent"), 400),
        FlowLink((1, "fiera"), (5, "stopped"), 3),
    ),
    903,
    0,
)


@pytest.fixture(params=["it", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param)


def test_the_headline_gives_contacts_days_switching_and_where_most_stop(words):
    text = said.headline(words, REPORT, Names(words))
    # 4000 contacts before 800 traced orders; 600 of 850; 100 of 1000 stop
    for figure in (words.number(5.0, 1), "7", "71%", "10%", "sito_web"):
        assert figure in text


def test_the_headline_of_orders_nobody_can_trace_says_so(words):
    untraced = replace(REPORT, after=replace(AFTER, traced=0, days_to_order=None))
    assert said.headline(words, untraced, Names(words)) == words.gettext(
        "No order in this view can be traced back to a contact."
    )


def test_changes_are_points_for_shares_and_percent_for_counts(words):
    rows = {line.name: line for line in said.lines(words, REPORT)}
    won = rows[words.gettext("of these with an order")]
    assert (won.after, won.before) == (words.percent(0.9), words.percent(0.8))
    assert won.change == words.gettext("{change} points", change=words.number(10, 1, signed=True))
    assert rows[words.gettext("Days from first contact to order (median)")].change == words.number(-2, 0, signed=True)


def test_without_a_window_before_there_is_a_dash_and_a_reason(words):
    alone = replace(REPORT, before=None, data_from=date(2026, 1, 1))
    assert {line.before for line in said.lines(words, alone)} == {"–"}
    assert any("2026" in note for note in said.window_notes(words, alone, Names(words)))


def test_a_touchpoint_with_hardly_any_steps_is_not_where_journeys_stop_most_readily(words):
    text = said.steps_text(words, STEPS, Names(words))
    assert "sito_web" in text and "fiera" not in text


def test_days_say_on_which_side_of_the_order_they_lie():
    words = Words("it")
    rows = [PhaseRow("p", 1.0, 1.0, days, None, None, None) for days in (7.0, 1.0, 0.0, -1.0, -3.0)]
    assert [said.from_order_text(words, row.days) for row in rows] == [
        "7 giorni prima", "1 giorno prima", "stesso giorno", "1 giorno dopo", "3 giorni dopo",
    ]  # fmt: skip


def test_the_flow_keeps_every_node_on_the_page_and_apart_from_its_neighbours(words):
    figure = journey_flow.flow(words, FLOW, Names(words))
    json.dumps(figure, allow_nan=False)
    node = figure["data"][0]["node"]
    assert all(0 < x < 1 for x in node["x"]) and all(0 < y < 1 for y in node["y"])
    assert len(set(zip(node["x"], node["y"], strict=True))) == len(node["label"])


def test_the_flow_leaves_hairlines_out(words):
    # 3 of 903 journeys are a third of a percent
    assert FlowLink((1, "fiera"), (5, "stopped"), 3) not in journey_flow.drawn_links(FLOW)
    assert len(journey_flow.drawn_links(FLOW)) == len(FLOW.links) - 1


def test_one_touchpoint_has_one_colour_at_every_stage(words):
    node = journey_flow.flow(words, FLOW, Names(words))["data"][0]["node"]
    colours = {label: set() for label in node["label"]}
    for label, colour in zip(node["label"], node["color"], strict=True):
        colours[label].add(colour)
    assert all(len(found) == 1 for found in colours.values())


def test_the_parts_of_tracing_add_up_to_all_orders(words):
    parts = said.tracing_parts(words, OrderTracing(100, 5, 20, 10, 50, 15))
    assert sum(part.share for part in parts) == pytest.approx(1.0)
    assert said.tracing_parts(words, OrderTracing(0, 0, 0, 0, 0, 0)) == []


def test_tracing_of_all_channels_is_told_from_digital_only():
    words = Words("en")
    both = (ContactTracing("email", "online", 5, 5), ContactTracing("fiera", "offline", 5, 5))
    assert "all channels" in said.level_text(words, both)
    assert "digital touchpoints only" in said.level_text(words, (both[0], ContactTracing("fiera", "offline", 5, 0)))
    assert said.level_text(words, ()) == ""


def credits_of(*shares: tuple[str, float]) -> tuple[TouchpointCredit, ...]:
    return tuple(TouchpointCredit(key, s, s - 0.01, s + 0.01, 1000 * s, 900 * s, 1100 * s) for key, s in shares)


def table_of() -> AttributionTable:
    rule = credits_of(("email", 0.5), ("sito_web", 0.3), ("fiera", 0.2))
    credits = dict.fromkeys(MODELS, rule) | {
        "markov": credits_of(("email", 0.4), ("sito_web", 0.35), ("fiera", 0.25)),
        "last": credits_of(("sito_web", 0.6), ("email", 0.4), ("fiera", 0.0)),
    }
    return AttributionTable(date(2026, 1, 1), date(2026, 3, 31), 1000, 900, 1000.0, credits)


def test_the_headline_of_attribution_counts_the_models_that_agree(words):
    text = credit_said.headline(words, table_of(), Names(words))
    # e-mail leads in five of six models with 40% to 50%; the website spans 30% to 60%
    for figure in ("5", "6", "40%", "50%", "sito_web", "30%", "60%"):
        assert figure in text


def test_every_model_is_drawn_named_and_explained(words):
    figure = credit_said.side_by_side(words, table_of(), Names(words))
    json.dumps(figure, allow_nan=False)
    assert [trace["name"] for trace in figure["data"]] == [credit_said.model_name(words, model) for model in MODELS]
    assert set(credit_said.MODEL_MEANINGS) == set(MODELS)


def test_refusals_are_sentences(words):
    for refusal in ("no_orders", "few_orders", "one_touchpoint"):
        assert len(credit_said.refusal_text(words, replace(table_of(), refusal=refusal))) > 20
    for refusal in ("no_journeys", "few_customers"):
        assert len(said.refusal_text(words, replace(REPORT, refusal=refusal))) > 20
