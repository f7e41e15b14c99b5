"""Journeys in two windows: figures by hand, windows around a go-live, and what is too small to be shown."""

from datetime import date, timedelta

import pytest

from ocem.evaluation.attribution import attribution, attribution_queries, margin_by_touchpoint
from ocem.evaluation.journey import journeys
from ocem.evaluation.journey_window import GoLiveChoice, Window, go_lives, windows_of
from ocem.evaluation.view import View
from ocem.store.definitions import load_documents
from tests.store.journeys import START, Contact, Order, store_contacts, store_orders

FINISHED = date(2026, 6, 28)  # a Sunday
DEFINITIONS = {
    "segment": {
        "pmi": {"label_it": "PMI", "label_en": "SMEs"},
        "estero": {"label_it": "Estero", "label_en": "Abroad"},
    },
    "initiative": {
        "portale": {
            "label_it": "Portale", "label_en": "Portal",
            "go_live": [{"segment": "pmi", "day": "2027-03-01"}],
        }
    },
}  # fmt: skip


def company(database, weeks: int = 130) -> None:
    """Six customers of two segments, a contact on Monday, a second on Wednesday, the order on Friday of every 4th week.

    From week 60 on the customers of `pmi` make their second contact in the portal. Customer 7 only asks, once.
    """
    load_documents(database, DEFINITIONS)
    first_monday = 4  # 2026-01-05
    contacts, orders = [], []
    for week in range(0, weeks, 4):
        for customer in range(1, 13):
            segment = "pmi" if customer <= 6 else "estero"
            day = first_monday + 7 * week
            second = "portale_riordini" if segment == "pmi" and week >= 60 else "email"
            contacts.append(Contact(customer, day, "contact_center", "before", segment=segment))
            contacts.append(Contact(customer, day + 2, second, "order", segment=segment))
            orders.append(Order(customer, day + 4, margin=50.0, segment=segment))
    for customer in range(101, 107):
        contacts.append(Contact(customer, first_monday + 7 * (weeks - 20), "sito_web", segment="pmi"))
    # a last contact on the last Sunday, so that the weeks are finished
    contacts.append(Contact(None, first_monday + 7 * weeks + 6, segment="pmi"))
    store_contacts(database, contacts, "contacts")
    orders.append(Order(None, first_monday + 7 * weeks + 6))
    store_orders(database, orders, "orders")


def test_a_window_says_what_its_journeys_were(database):
    company(database)
    last = START + timedelta(days=4 + 7 * 130 - 1)
    report = journeys(database, View(last - timedelta(days=7 * 20 - 1), last))
    assert report.after is not None and report.refusal is None
    # 20 weeks hold 5 rounds of 12 orders (weeks 112..128), and six customers who asked and were silent for 60 days
    assert (report.after.won, report.after.journeys) == (60, 66)
    assert (report.after.contacts_before, report.after.days_to_order) == (120, 4.0)
    assert report.after.switching == 60
    assert [(row.path, row.journeys, row.share_won) for row in report.paths] == [
        (("contact_center", "email"), 30, 1.0),
        (("contact_center", "portale_riordini"), 30, 1.0),
        (("sito_web",), 6, 0.0),
    ]
    assert report.stops_most == "sito_web"
    stops = {row.touchpoint: (row.stops, row.orders, row.next_touchpoint) for row in report.steps}
    assert stops["sito_web"] == (1.0, 0.0, None)
    assert stops["email"] == (0.0, 1.0, None)
    assert stops["contact_center"][2] in ("email", "portale_riordini")
    assert {row.phase: (row.share, row.contacts, row.days) for row in report.phases} == {
        "pre_acquisto": (1.0, 1.0, 4.0),
        "acquisto": (1.0, 1.0, 2.0),
    }
    # the contact centre is offline, e-mail and portal are online: all ways are seen in part by digital tracing
    assert report.orders is not None
    assert (report.orders.digital, report.orders.mixed, report.orders.offline) == (0, 60, 0)


def test_around_a_go_live_the_before_window_ends_before_it_and_others_are_set_beside(database):
    company(database)
    [choice] = go_lives(database)
    report = journeys(database, compare=choice.key)
    assert report.window and report.window_before and report.before and report.after
    assert report.window.first == choice.day + timedelta(days=28)
    assert report.window_before.last < choice.day
    assert (report.window.last - report.window.first) == (report.window_before.last - report.window_before.first)
    assert report.segments == ("pmi",)
    portal = next(row for row in report.paths if row.path == ("contact_center", "portale_riordini"))
    assert portal.share_before == 0.0
    # the segment that no go-live touched has the same journeys in both windows
    assert report.elsewhere_after and report.elsewhere_before
    assert report.elsewhere_after.contacts_before / report.elsewhere_after.won == 2.0
    assert report.elsewhere_before.contacts_before / report.elsewhere_before.won == 2.0


@pytest.mark.parametrize("days_since", [40, 200, 700])
def test_windows_around_a_go_live_are_a_year_apart_and_never_meet(days_since):
    day = date(2025, 3, 3)
    choice = GoLiveChoice("k", "i", "I", "I", day, None)
    after, before = windows_of(choice, View(), day + timedelta(days=days_since))
    assert before.last < day <= after.first
    assert after.first - before.first == timedelta(days=364)
    assert after.first.weekday() == before.first.weekday()


def test_the_default_is_thirteen_weeks_and_the_same_weeks_a_year_before():
    after, before = windows_of(None, View(), FINISHED)
    assert (after.first, after.last) == (FINISHED - timedelta(days=90), FINISHED)
    assert before.last == FINISHED - timedelta(days=364)


def test_a_window_that_has_not_begun_is_not_turned_round():
    ahead = FINISHED + timedelta(days=400)
    assert windows_of(None, View(ahead), FINISHED)[0] == Window(ahead, ahead)


def test_a_window_before_the_data_is_not_compared_with(database):
    company(database, weeks=40)
    report = journeys(database)
    assert report.before is None and report.flow_before is None
    assert report.data_from == date(2026, 1, 5)
    assert all(row.share_before is None for row in report.paths)


def test_an_empty_store_and_an_empty_view_say_why(database):
    assert journeys(database).refusal == "no_data"
    company(database, weeks=40)
    assert journeys(database, View(segments=("nobody",))).refusal == "no_journeys"


def test_four_customers_are_too_few_to_be_described(database):
    contacts = [Contact(i, day, "email") for i in range(1, 5) for day in (0, 10)]
    store_contacts(database, [*contacts, Contact(None, 200)], "c")
    store_orders(database, [Order(i, 20) for i in range(1, 5)] + [Order(None, 200)], "o")
    report = journeys(database, View(START, START + timedelta(days=199)))
    assert (report.refusal, report.after) == ("few_customers", None)


def test_a_filter_by_touchpoint_keeps_the_journeys_that_passed_it(database):
    company(database)
    report = journeys(database, View(touchpoints=("portale_riordini",)))
    assert {row.path for row in report.paths} == {("contact_center", "portale_riordini")}


def test_attributed_margin_adds_up_to_the_margin_of_the_orders(database):
    company(database)
    last = START + timedelta(days=4 + 7 * 130 - 1)
    view = View(last - timedelta(days=7 * 20 - 1), last)
    table = attribution(database, view)
    assert (table.journeys_won, table.margin_eur) == (60, 3000.0)
    for lines in table.credits.values():
        assert sum(line.margin_eur for line in lines) == pytest.approx(3000.0)
        assert all(line.margin_low <= line.margin_eur <= line.margin_high for line in lines)
    # last contact: half the orders after an e-mail, half after a visit to the portal
    last_touch = {line.touchpoint: line.share for line in table.credits["last"]}
    assert last_touch == pytest.approx({"email": 0.5, "portale_riordini": 0.5, "contact_center": 0, "sito_web": 0})
    # removal: without the contact centre no order; without e-mail or portal half of them: 1 / (1 + .5 + .5)
    removal = {line.touchpoint: line.share for line in table.credits["markov"]}
    assert removal == pytest.approx({"contact_center": 0.5, "email": 0.25, "portale_riordini": 0.25, "sito_web": 0})
    assert margin_by_touchpoint(database, view)["contact_center"][0] == pytest.approx(1500.0)
    queries = attribution_queries(database, view)
    assert queries is not None
    with database.cursor() as con:
        rules = {(model, key): found for model, key, *found in con.execute(queries.rules).fetchall()}
        chain = {key: found for key, *found in con.execute(queries.removal).fetchall()}
    for model, lines in table.credits.items():
        for line in lines:
            own = chain[line.touchpoint][1:] if model == "markov" else rules[model, line.touchpoint]
            assert [float(value) for value in own] == pytest.approx([line.share, line.margin_eur], abs=1e-9)


def test_margin_is_not_shared_out_among_a_handful_of_orders(database):
    assert margin_by_touchpoint(database) == {}
    contacts = [Contact(i, 0, "email") for i in range(1, 9)] + [Contact(i, 1) for i in range(1, 9)]
    store_contacts(database, [*contacts, Contact(None, 40)], "c")
    store_orders(database, [Order(i, 2) for i in range(1, 9)] + [Order(None, 40)], "o")
    assert attribution(database).refusal == "few_orders"
    assert margin_by_touchpoint(database) == {}


def test_one_touchpoint_alone_is_not_shared_out(database):
    store_contacts(database, [*[Contact(i, 0) for i in range(1, 60)], Contact(None, 40)], "c")
    store_orders(database, [*[Order(i, 2) for i in range(1, 60)], Order(None, 40)], "o")
    assert attribution(database).refusal == "one_touchpoint"
