"""The link ledger on a small company: what was planted is found, the rest is not, what cannot be tested says so."""

from dataclasses import asdict, replace
from math import isfinite
from typing import Any

import numpy as np
import pytest

from ocem.domain.comparison import Note
from ocem.domain.link import Evidence, Link, LinkHypothesis, LinkStatus, Movement
from ocem.errors import DefinitionError, NotFound
from ocem.evaluation.driver import result_drivers
from ocem.evaluation.link import (
    highlights,
    ledger,
    list_hypotheses,
    record_new_weeks,
    record_tests,
    save_hypothesis,
    withdraw,
)
from ocem.evaluation.link_evidence import evidence
from ocem.evaluation.link_pairs import lag_beyond
from ocem.evaluation.link_weeks import counts_same_rows
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.view import View
from ocem.stats.link import Best
from ocem.store import link as store
from ocem.store.database import Database
from tests.evaluation.link_world import LAG, declare, import_measures, import_reviews_of_zero
from tests.evaluation.world import build

PLANTED = LinkHypothesis("viste_quota", "portal_views", "market_share", Movement.RISES, 8, "Marketing")
DECOY = LinkHypothesis("sito_quota", "website_sessions", "market_share", Movement.RISES, 8, "Marketing")


def found_of(database: Database, hypothesis: LinkHypothesis) -> Link:
    wanted = (hypothesis.leading, hypothesis.following)
    return next(item for item in ledger(database).links if (item.leading, item.following) == wanted)


def numbers(value: Any) -> list[float]:
    """All floats inside a finding."""
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers(item)]
    if isinstance(value, list | tuple):
        return [n for item in value for n in numbers(item)]
    return [value] if isinstance(value, float) else []


@pytest.fixture
def company(database: Database) -> Database:
    declare(database)
    import_measures(database)
    return database


def test_a_planted_link_is_supported_at_its_lag_and_a_decoy_is_not_shown(company: Database) -> None:
    save_hypothesis(company, PLANTED)
    save_hypothesis(company, DECOY)
    link = found_of(company, PLANTED)
    assert (link.status, link.lag) == (LinkStatus.SUPPORTED, LAG)
    assert link.low is not None and link.low > 0
    assert found_of(company, DECOY).status is LinkStatus.NOT_SHOWN
    assert all(isfinite(n) for n in numbers(asdict(ledger(company))))


def test_the_screen_finds_what_nobody_declared(company: Database) -> None:
    pairs = {(item.leading, item.following): item for item in ledger(company).links}
    assert pairs["portal_views", "market_share"].status is LinkStatus.SUPPORTED
    assert pairs["portal_views", "market_share"].hypothesis is None
    assert ("website_sessions", "market_share") not in pairs


def test_a_link_against_the_expected_direction_is_contradicted(company: Database) -> None:
    save_hypothesis(company, replace(PLANTED, expected=Movement.FALLS))
    assert found_of(company, PLANTED).status is LinkStatus.CONTRADICTED
    assert highlights(company)[0].status is LinkStatus.CONTRADICTED


def test_a_link_that_stopped_a_year_ago_expires(database: Database) -> None:
    declare(database)
    import_measures(database, slope=1.2, off=52)
    save_hypothesis(database, PLANTED)
    assert found_of(database, PLANTED).status is LinkStatus.EXPIRED


def test_a_link_once_supported_and_no_longer_beyond_chance_expires_by_itself(company: Database) -> None:
    save_hypothesis(company, DECOY)
    assert record_tests(company) > 0
    with company.write() as con:
        test = next(item for item in store.list_tests(con) if item.leading == "website_sessions")
        store.save_tests(con, [replace(test, status=LinkStatus.SUPPORTED, last_day=test.last_day.replace(year=2024))])
    link = found_of(company, DECOY)
    assert link.status is LinkStatus.EXPIRED
    assert link.first_test is not None and link.first_test.year == 2024


def beyond(*lags: tuple[float, float]) -> Best:
    """What is left without the common movement: r and p at each lag from 0."""
    r, p = (np.array(column) for column in zip(*lags, strict=True))
    return Best(np.arange(len(lags)), r, np.full(len(lags), 100.0), r, p, r, r)


def test_without_the_common_movement_a_link_keeps_its_delay_or_shows_another_or_is_none() -> None:
    assert lag_beyond(beyond((0.4, 0.01), (0.6, 0.001)), 0, 0.5) == 0
    assert lag_beyond(beyond((0.1, 0.9), (0.3, 0.04), (0.6, 0.001)), 0, 0.5) == 2
    assert lag_beyond(beyond((-0.4, 0.01), (0.1, 0.9)), 0, 0.5) is None  # the other direction at the same delay
    assert lag_beyond(beyond((0.1, 0.9), (0.2, 0.3)), 0, 0.5) is None


def test_tests_of_a_week_are_kept_once(company: Database) -> None:
    save_hypothesis(company, PLANTED)
    assert record_tests(company) >= 1
    assert record_tests(company) == 0
    found = evidence(company, PLANTED.leading, PLANTED.following)
    assert isinstance(found, Evidence)
    assert [item.status for item in found.history] == [LinkStatus.SUPPORTED]


@pytest.mark.slow
def test_new_whole_weeks_add_a_test_to_a_links_history_and_days_do_not(database: Database) -> None:
    declare(database)
    import_measures(database, n_weeks=100)
    assert record_new_weeks(database) == 0  # nothing is declared
    save_hypothesis(database, PLANTED)
    assert record_new_weeks(database) >= 1
    version = database.data_version()
    assert record_new_weeks(database) == 0
    assert database.data_version() == version
    import_measures(database, n_weeks=104)
    assert record_new_weeks(database) >= 1
    found = found_of(database, PLANTED)
    assert found.first_test is not None and found.last_test is not None
    assert (found.last_test - found.first_test).days == 28


def test_evidence_carries_both_series_and_says_why_a_segment_is_not_judged(company: Database) -> None:
    """Only one segment has views, all of them: 0 rows of market share in the others."""
    found = evidence(company, "portal_views", "market_share")
    assert isinstance(found, Evidence)
    assert len(found.weeks) == len(found.leading) == len(found.following)
    assert [point.lag for point in found.link.profile] == list(range(-8, 9))
    assert all(isfinite(n) for n in numbers(asdict(found)))
    assert found.link.backing is None


def test_a_kpi_linked_to_itself_is_refused(company: Database) -> None:
    with pytest.raises(DefinitionError, match="itself"):
        save_hypothesis(company, replace(PLANTED, following="portal_views"))
    assert evidence(company, "portal_views", "portal_views") == Note("linked_to_itself", {"kpi": "portal_views"})


@pytest.mark.parametrize("lag", [0, 27, 400])
def test_a_delay_out_of_range_is_refused(company: Database, lag: int) -> None:
    with pytest.raises(DefinitionError, match="longest delay"):
        save_hypothesis(company, replace(PLANTED, max_lag=lag))


def test_an_unknown_kpi_and_a_link_declared_twice_are_refused(company: Database) -> None:
    with pytest.raises(NotFound):
        save_hypothesis(company, replace(PLANTED, leading="nothing"))
    save_hypothesis(company, PLANTED)
    with pytest.raises(DefinitionError, match="already expects"):
        save_hypothesis(company, replace(PLANTED, key="again"))


def test_a_delay_longer_than_the_data_and_a_kpi_without_data_are_not_testable(database: Database) -> None:
    """70 weeks bear delays of up to 16 weeks: four weeks for each lag looked at."""
    declare(database)
    import_measures(database, n_weeks=70)
    save_hypothesis(database, replace(PLANTED, max_lag=26))
    save_hypothesis(database, LinkHypothesis("k", "reviews", "orders", Movement.RISES, 8, "Marketing"))
    by_key = {item.hypothesis.key: item for item in ledger(database).links if item.hypothesis}
    assert [note.code for note in by_key["viste_quota"].reasons] == ["lag_too_long"]
    assert [note.code for note in by_key["k"].reasons] == ["kpi_without_data"]
    assert by_key["k"].r is None


@pytest.mark.slow
def test_a_series_of_zeros_is_not_testable_and_leaves_no_nan(company: Database) -> None:
    import_reviews_of_zero(company)
    save_hypothesis(company, LinkHypothesis("z", "reviews", "market_share", Movement.RISES, 8, "Marketing"))
    found = ledger(company)
    link = next(item for item in found.links if item.leading == "reviews")
    assert link.status is LinkStatus.NOT_TESTABLE
    assert [note.code for note in link.reasons] in (["no_variation"], ["kpi_without_data"], ["too_short"])
    assert all(isfinite(n) for n in numbers(asdict(found)))
    assert isinstance(evidence(company, "reviews", "market_share"), Note)
    assert all(isfinite(n) for n in numbers([asdict(item) for item in result_drivers(company)]))


@pytest.mark.slow
def test_a_segment_with_next_to_nobody_in_it_says_why_it_cannot_be_judged(company: Database) -> None:
    """No measure of the segment but zeros: every expected link there is refused, none is calculated."""
    import_reviews_of_zero(company)
    save_hypothesis(company, PLANTED)
    found = ledger(company, View(segments=("esteri",)))
    assert [item.status for item in found.links] == [LinkStatus.NOT_TESTABLE]
    assert found.links[0].reasons
    assert all(isfinite(n) for n in numbers(asdict(found)))


def test_an_empty_store_and_a_short_one_are_refused_with_a_reason(database: Database) -> None:
    assert ledger(database).refused == Note("nothing_imported", {})
    declare(database)
    import_measures(database, n_weeks=20)
    save_hypothesis(database, PLANTED)
    found = ledger(database)
    assert found.refused is not None and found.refused.code == "too_few_weeks"
    assert found.links[0].status is LinkStatus.NOT_TESTABLE
    assert isinstance(evidence(database, "portal_views", "market_share"), Note)


def test_withdrawn_links_stay_on_record_and_are_no_longer_tested(company: Database) -> None:
    save_hypothesis(company, DECOY)
    withdraw(company, DECOY.key)
    assert list_hypotheses(company) == []
    with company.cursor() as con:
        assert store.find_hypothesis(con, DECOY.key).is_withdrawn
    with pytest.raises(NotFound):
        withdraw(company, "nothing")


def test_a_view_without_the_segment_leaves_nothing_to_test(company: Database) -> None:
    found = ledger(company, View(segments=("strategici",)))
    assert [item for item in found.links if item.status is LinkStatus.SUPPORTED] == []


def test_a_narrower_view_knows_nothing_of_tests_on_record(company: Database) -> None:
    save_hypothesis(company, PLANTED)
    record_tests(company)
    found = next(item for item in ledger(company, View(segments=("strategici",))).links if item.hypothesis)
    assert found.status is LinkStatus.NOT_TESTABLE and found.first_test is None


def test_kpis_that_count_the_same_rows_are_known(database: Database) -> None:
    kpis = {kpi.key: kpi for kpi in list_kpis(database)}
    assert counts_same_rows(kpis["phone_contacts"], kpis["contacts_per_order"])
    assert counts_same_rows(kpis["nps"], kpis["csat_top2"])
    assert not counts_same_rows(kpis["phone_contacts"], kpis["orders"])
    assert not counts_same_rows(kpis["complaints"], kpis["quote_requests"])
    assert not counts_same_rows(kpis["portal_views"], kpis["market_share"])


def test_a_staggered_go_live_that_changed_both_backs_a_link(database: Database) -> None:
    """The portal raises the share of self-service re-orders; the share of all self-service orders is the same rows."""
    build(database)
    save_hypothesis(
        database,
        LinkHypothesis(
            "quota", "self_service_reorder_share", "self_service_order_share", Movement.RISES, 4, "E-commerce"
        ),
    )
    link = next(item for item in ledger(database).links if item.hypothesis)
    assert link.backing is not None
    assert (link.backing.initiative, link.backing.is_staggered) == ("portale", True)
    assert link.backing.leading_low > 0 and link.backing.following_low > 0
