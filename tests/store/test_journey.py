"""Journeys: by hand, told a second way, and the same however the facts came in."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from ocem.domain.access import Grant, Person, Role
from ocem.store import access, journey, journey_count, journey_tracing
from ocem.store.batch import undo
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.journey_filter import JourneyFilter
from tests.store.journeys import START, Contact, Order, store_contacts, store_orders, told

pytestmark = pytest.mark.slow  # many small ones that add up

ALWAYS = JourneyFilter(date(2000, 1, 1), date(2100, 1, 1))
TOUCHPOINTS = ("contact_center", "email", "venditore", "portale_riordini")


def kept(database: Database) -> list[tuple]:
    """The stored journeys in the form in which `told` tells them."""
    with database.cursor() as con:
        keys = journey_count.keys_of(con, "touchpoint")
        rows = con.execute(
            "SELECT customer, first_day, last_day, won, path, n_contacts, after_path, margin_cents / 100 "
            "FROM journey ORDER BY customer, last_day"
        ).fetchall()
    return [
        (row[0], (row[1] - START).days, (row[2] - START).days, row[3], tuple(keys[i] for i in row[4]), row[5],
         tuple(keys[i] for i in row[6]), row[7])
        for row in rows
    ]  # fmt: skip


def test_a_journey_ends_with_its_order_and_the_next_contact_starts_another(database):
    store_contacts(database, [Contact(1, 0, "email"), Contact(1, 3), Contact(1, 8, "email")], "c")
    store_orders(database, [Order(1, 5)], "o")
    assert kept(database) == [
        (1, 0, 5, True, ("email", "contact_center"), 2, (), 30.0),
        (1, 8, 8, False, ("email",), 1, (), 0.0),
    ]


def test_sixty_days_of_silence_do_not_end_a_journey_but_sixty_one_do(database):
    contacts = [Contact(1, 0), Contact(1, 60), Contact(2, 0), Contact(2, 61)]
    store_contacts(database, contacts, "c")
    assert [(row[0], row[1], row[2]) for row in kept(database)] == [(1, 0, 60), (2, 0, 0), (2, 61, 61)]


def test_contacts_in_a_row_at_one_touchpoint_are_one_step_and_several_contacts(database):
    touched = ["email", "email", "contact_center", "email"]
    store_contacts(database, [Contact(1, i, name) for i, name in enumerate(touched)], "c")
    assert [(row[4], row[5]) for row in kept(database)] == [(("email", "contact_center", "email"), 4)]


def test_contacts_of_later_phases_follow_the_order_even_on_its_day_and_others_precede_it(database):
    contacts = [
        Contact(1, 5, "email", "after", 540),
        Contact(1, 5, "chat", "order", 900),
        Contact(1, 66, "fiera", "after"),
    ]
    store_contacts(database, contacts, "c")
    store_orders(database, [Order(1, 5)], "o")
    # day 66 is 61 days after the order: it belongs to no journey
    assert [(row[4], row[6]) for row in kept(database)] == [(("chat",), ("email",))]


def test_an_order_without_a_contact_is_a_journey_of_its_own(database):
    store_orders(database, [Order(1, 5, "portale_riordini")], "o")
    assert kept(database) == [(1, 5, 5, True, (), 0, (), 30.0)]


def test_orders_of_one_customer_on_one_day_are_one_end_and_their_margin_adds_up(database):
    store_orders(database, [Order(1, 5, margin=10.25), Order(1, 5, margin=None), Order(1, 5, margin=4.5)], "o")
    assert [row[7] for row in kept(database)] == [14.75]


def test_what_bears_no_customer_belongs_to_no_journey(database):
    store_contacts(database, [Contact(None, 1)], "c")
    store_orders(database, [Order(None, 2)], "o")
    assert kept(database) == []
    with database.cursor() as con:
        assert journey_tracing.trace_orders(con, ALWAYS).anonymous == 1


def drawn(rng: np.random.Generator, n: int) -> tuple[list[Contact], list[Order]]:
    phases = ("before", "order", "after")
    contacts = [
        Contact(int(rng.integers(1, 8)), int(rng.integers(0, 250)), str(rng.choice(TOUCHPOINTS)),
                str(rng.choice(phases)), int(rng.integers(1, 1000)) * 1000 % 1439)
        for _ in range(n)
    ]  # fmt: skip
    orders = [
        Order(int(rng.integers(1, 8)), int(rng.integers(0, 250)), margin=float(rng.integers(1, 50)))
        for _ in range(n // 5)
    ]
    # two contacts of a customer in one minute would have no order of their own
    return list({(c.customer, c.day, c.minute): c for c in contacts}.values()), orders


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_journeys_are_those_that_a_walk_through_the_events_tells(database, seed):
    contacts, orders = drawn(np.random.default_rng(seed), 150)
    store_contacts(database, contacts, "c")
    store_orders(database, orders, "o")
    assert kept(database) == told(contacts, orders)


@pytest.mark.parametrize("seed", [4, 5])
def test_journeys_kept_batch_by_batch_equal_those_made_anew(database, seed):
    """New days, late rows, corrections and undone batches, in a drawn order."""
    rng = np.random.default_rng(seed)
    batches = []
    for number in range(3):
        contacts, orders = drawn(rng, 40)
        first = int(rng.integers(0, 60))  # keys that meet those of earlier batches are corrections
        batches.append(store_contacts(database, contacts, f"c{number}", first))
        batches.append(store_orders(database, orders, f"o{number}", first // 5))
        if number % 2:
            undo(database, batches.pop(int(rng.integers(0, len(batches)))))
        with database.cursor() as con:
            assert journey.differences(con) == 0
    before = kept(database)
    with database.write() as con:
        journey.rebuild(con)
    assert kept(database) == before


def test_customers_are_cut_into_parts_without_losing_anybody(database, monkeypatch):
    contacts, orders = drawn(np.random.default_rng(11), 150)
    monkeypatch.setattr(journey, "ROWS_AT_ONCE", 40)
    store_contacts(database, contacts, "c")
    store_orders(database, orders, "o")
    with database.write() as con:
        journey.rebuild(con)
        assert journey.differences(con) == 0
    assert kept(database) == told(contacts, orders)


def test_undoing_everything_leaves_no_journey(database):
    contacts, orders = drawn(np.random.default_rng(6), 40)
    made = [store_contacts(database, contacts, "c"), store_orders(database, orders, "o")]
    for batch in made:
        undo(database, batch)
    assert kept(database) == []


def test_a_batch_works_out_only_the_journeys_that_it_can_change(database):
    """A journey long ended keeps its row: its place in the table is the same, only later ones are written anew."""
    store_contacts(database, [Contact(1, 0), Contact(1, 200)], "c")
    with database.write() as con:
        con.execute("UPDATE journey SET n_contacts = 77 WHERE first_day = ?", [START])
    store_contacts(database, [Contact(1, 210)], "c2", 10)
    assert [(row[1], row[5]) for row in kept(database)] == [(0, 77), (200, 2)]


def test_a_large_batch_leaves_its_journeys_to_the_first_question(database, monkeypatch):
    monkeypatch.setattr(journey, "AT_ONCE_ROWS", 1)
    store_contacts(database, [Contact(1, 0), Contact(2, 0)], "c")
    assert kept(database) == []
    assert check(database) == []
    version = database.data_version()
    journey.bring_up_to_date(database)
    assert len(kept(database)) == 2
    journey.bring_up_to_date(database)
    assert database.data_version() == version + 1


def test_phases_put_in_another_order_make_the_journeys_anew(database):
    store_contacts(database, [Contact(1, 0, "email"), Contact(1, 6, "chat", "after")], "c")
    store_orders(database, [Order(1, 5)], "o")
    with database.write() as con:
        con.execute("UPDATE member SET position = -1 WHERE dimension = 'phase' AND key = 'post_acquisto'")
    journey.bring_up_to_date(database)
    # what came after the order is now a contact like any other: it begins the next journey
    assert [(row[4], row[6]) for row in kept(database)] == [(("email",), ()), (("chat",), ())]


def test_the_check_finds_a_journey_that_the_facts_do_not_give(database):
    store_contacts(database, [Contact(1, 0)], "c")
    with database.write() as con:
        con.execute("UPDATE journey SET won = true")
    assert [finding.code for finding in check(database)] == ["journeys_differ_from_facts"]


def test_paths_of_fewer_than_five_customers_are_not_counted_by_name(database):
    many = [Contact(i, 0, "email") for i in range(1, 6)]
    few = [Contact(i, 100 * (i - 9), "chat") for i in range(10, 14)]  # four customers, and one of them comes again
    store_contacts(database, [*many, *few, Contact(10, 300, "chat")], "c")
    with database.cursor() as con:
        keys = journey_count.keys_of(con, "touchpoint")
        found = journey_count.count_paths(con, ALWAYS, 10)
    assert [(tuple(keys[i] for i in item.path), item.journeys) for item in found] == [(("email",), 5)]


def test_links_and_moves_account_for_every_journey(database):
    contacts, orders = drawn(np.random.default_rng(7), 200)
    store_contacts(database, contacts, "c")
    store_orders(database, orders, "o")
    with database.cursor() as con:
        figures = journey_count.journey_figures(con, ALWAYS)
        links = journey_count.count_links(con, ALWAYS)
        moves = journey_count.count_moves(con, ALWAYS)
    into = {end: sum(link.journeys for link in links if link.target == end) for end in (-1, -2)}
    assert sum(link.journeys for link in links if link.stage == 1) == figures.journeys
    assert into == {-1: figures.won, -2: figures.journeys - figures.won}
    ended = sum(move.times for move in moves if move.target < 0)
    assert ended == figures.with_contacts
    # every step has one next step, or one end
    assert sum(move.times for move in moves) == sum(len(row[4]) for row in kept(database))


@pytest.mark.parametrize("seed", [8, 9])
def test_flow_and_moves_are_those_that_a_walk_through_the_journeys_gives(database, seed):
    """Journeys and customers of every band, told a second way; beyond four customers "at least five" is enough."""
    contacts, orders = drawn(np.random.default_rng(seed), 260)
    store_contacts(database, contacts, "c")
    store_orders(database, orders, "o")
    flow, moves = defaultdict(list), defaultdict(list)
    for customer, _first, _last, won, path, _n, after, _margin in kept(database):
        outcome = "ordered" if won else "stopped"
        steps = [*path[:3], *(["more"] if len(path) > 3 else []), outcome]
        if not path:
            steps = ["untraced", outcome]
        for stage, (one, two) in enumerate(pairwise(steps), start=1):
            flow[stage, one, two].append(customer)
        if won:
            flow[5, "ordered", after[0] if after else "silent"].append(customer)
        for one, two in pairwise([*path, outcome]):
            moves[one, two].append(customer)
    with database.cursor() as con:
        names = journey_count.keys_of(con, "touchpoint") | {
            -1: "ordered", -2: "stopped", -3: "more", -4: "silent", -5: "untraced",
        }  # fmt: skip
        links = journey_count.count_links(con, ALWAYS)
        found = journey_count.count_moves(con, ALWAYS)
    seen = {(x.stage, names[x.source], names[x.target]): (x.journeys, min(x.customers, 5)) for x in links}
    assert seen == {key: (len(who), min(len(set(who)), 5)) for key, who in flow.items()}
    gone = {(names[x.source], names[x.target]): (x.times, min(x.customers, 5)) for x in found}
    assert gone == {key: (len(who), min(len(set(who)), 5)) for key, who in moves.items()}


def test_a_journey_counts_on_the_day_on_which_it_is_decided(database):
    """A silence is known to be the end only when it is over; an order at once."""
    store_contacts(database, [Contact(1, 0), Contact(2, 0)], "c")
    store_orders(database, [Order(2, 3)], "o")

    def decided(first: int, last: int) -> int:
        chosen = JourneyFilter(START + timedelta(days=first), START + timedelta(days=last))
        with database.cursor() as con:
            return journey_count.journey_figures(con, chosen).journeys

    assert (decided(0, 2), decided(3, 3), decided(4, 59), decided(60, 60)) == (0, 1, 0, 1)


def test_whoever_asks_first_the_journeys_are_made_whole_and_seen_as_granted(database, monkeypatch):
    """The first question may come from somebody who may see one segment only."""
    monkeypatch.setattr(journey, "AT_ONCE_CUSTOMERS", 0)
    store_contacts(database, [Contact(1, 0, segment="pmi"), Contact(2, 0, segment="strategici")], "c")
    anna = Person("anna", frozenset({Role.DIRECTOR}), Grant(segments=frozenset({"strategici"})))
    with access.acting(anna):
        journey.bring_up_to_date(database)
        with database.cursor() as con:
            assert journey_count.journey_figures(con, ALWAYS).journeys == 1
    assert [row[0] for row in kept(database)] == [1, 2]
