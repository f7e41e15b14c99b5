"""The weekly review over a small company: closing, minutes, decisions, what is restated by a later import."""

import itertools
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ocem.domain.access import LOCAL, Grant, Person, Role
from ocem.domain.decision import Action, ActionState, Decision
from ocem.domain.event import Event, EventKind
from ocem.domain.perimeter import Perimeter
from ocem.domain.review import ReviewDocument
from ocem.errors import DefinitionError, NotFound, Refused, WrongUse
from ocem.evaluation import review
from ocem.evaluation.agenda import figures, last_week
from ocem.evaluation.alert import due_alerts, follow, mark_told, replay
from ocem.evaluation.calibration import calibration
from ocem.evaluation.decision import assign, decide, is_inside, outcome, settle
from ocem.evaluation.event import after_event, all_events, list_events, save_event, withdraw_event
from ocem.evaluation.restatement import restated
from ocem.evaluation.signal import charts
from ocem.store import access, erasure, person
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.store.signal import Follower
from tests.evaluation.world import FIRST, N_WEEKS, build, import_orders

pytestmark = pytest.mark.slow  # many small ones that add up

LAST_MONDAY = FIRST + timedelta(weeks=N_WEEKS - 1)
TODAY = LAST_MONDAY + timedelta(days=7)
KPI = "self_service_reorder_share"


@pytest.fixture(scope="module")
def company_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "ocem.duckdb"
    opened = Database.open(path)
    ensure_starter(opened)
    build(opened)
    opened.close()
    return path


@pytest.fixture
def company(company_file: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "ocem.duckdb"
    shutil.copyfile(company_file, path)
    opened = Database.open(path)
    yield opened
    opened.close()


def bring_more(database: Database, week: date, extra: int = 400, name: str = "late") -> None:
    """Import orders that arrive late, all of one week."""
    rng = np.random.default_rng(9)
    start = (week - FIRST).days
    late = {
        "day": start + rng.integers(0, 5, extra),
        "segment": np.full(extra, "pmi"),
        "self": np.ones(extra, bool),
    }
    import_orders(database, late, name, f"{name}_orders")


def a_decision(**changes: object) -> Decision:
    made = Decision(
        0, "Open the portal on Saturdays", KPI, Perimeter(None, None, ("officine",)), date(2026, 1, 12), TODAY, 0.1,
        "Marco", "2026-W02",
    )  # fmt: skip
    return replace(made, **changes)


def test_a_document_survives_being_written_and_read(company: Database) -> None:
    seen = review.document(company, LAST_MONDAY)
    assert seen.week == "2026-W26" and seen.finished and seen.charts.n_charts > 5
    again = ReviewDocument.from_json(seen.to_json())
    assert again.to_json() == seen.to_json()
    assert again.comparisons[0].comparison == seen.comparisons[0].comparison


def test_a_closed_review_keeps_its_bytes_whatever_is_imported(company: Database) -> None:
    week = LAST_MONDAY - timedelta(weeks=4)
    review.write_down(company, week, review.MEETING, review.ATTENDEES, "Marco, Giulia", "Marco")
    review.write_down(company, week, review.MEETING, review.NOTE, "Nothing to add", "Marco")
    closed = review.close(company, week, "Marco", datetime(2026, 6, 8, 10, tzinfo=UTC))
    (before,) = review.closed_reviews(company, closed.week)
    assert closed.attendees == ("Marco", "Giulia")
    assert restated(company, week) == ()
    bring_more(company, week)
    (after,) = review.closed_reviews(company, closed.week)
    assert after.document == before.document and after.hash == before.hash and review.is_intact(after)
    assert review.document(company, week) == closed


def test_a_forgotten_customer_is_in_no_closed_review_and_its_totals_stand(company: Database) -> None:
    customer = 6_148_914_691_236_517_205
    with company.write() as con:
        con.execute("UPDATE sale SET customer = ? WHERE day >= ?", [customer, LAST_MONDAY - timedelta(weeks=8)])
    review.write_down(company, LAST_MONDAY, review.MEETING, review.NOTE, "Nothing to add", "Carla")
    review.close(company, LAST_MONDAY, "Carla", datetime(2026, 6, 8, 10, tzinfo=UTC))
    (before,) = review.closed_reviews(company)
    with company.cursor() as con:
        stored = repr(con.execute("SELECT * FROM review").fetchall())
    assert str(customer) not in stored and f"{customer:x}" not in stored, "a review keeps totals, not customers"
    erased = erasure.forget(company, customer)
    assert erased.left == 0 and erased.rows["sale"] > 0
    (after,) = review.closed_reviews(company)
    assert after.document == before.document and after.hash == before.hash and review.is_intact(after)
    assert restated(company, LAST_MONDAY) == ()


def test_restated_names_each_number_and_the_import_that_changed_it(company: Database) -> None:
    week = LAST_MONDAY - timedelta(weeks=4)
    closed = review.close(company, week, "Marco")
    bring_more(company, week)
    found = restated(company, week)
    assert found
    assert {cause.values["file"] for item in found for cause in item.imports} == {"late.csv"}
    objective = next(item for item in found if item.number == "after")
    seen = next(item for item in closed.comparisons if item.objective.key == objective.subject.key)
    assert objective.frozen == seen.comparison.evaluation.value != objective.now


def test_the_numbers_box_is_restated_too(company: Database) -> None:
    bring_more(company, LAST_MONDAY, 3000)
    closed = review.close(company, LAST_MONDAY, "Marco")
    item = next(item for item in closed.items if item.numbers is not None)
    assert restated(company, LAST_MONDAY) == ()
    bring_more(company, LAST_MONDAY, 2000, "later")
    found = [one for one in restated(company, LAST_MONDAY) if one.item == item.key]
    assert {"value", "month", "month_to_date", "quarter_to_date", "year_to_date"} <= {one.number for one in found}
    assert not any(one.number.endswith("_before") for one in found)  # nobody touched the year before
    year = next(one for one in found if one.number == "year_to_date")
    assert (year.day, year.frozen == year.now) == (date(2026, 1, 1), False)
    assert all(one.imports for one in found if one.day is not None)


def test_weeks_that_nobody_touched_are_not_restated(company: Database) -> None:
    week = LAST_MONDAY - timedelta(weeks=4)
    review.close(company, week, "Marco")
    bring_more(company, LAST_MONDAY)
    assert restated(company, week) == ()


def test_closing_twice_says_who_closed_it_and_when(company: Database) -> None:
    review.close(company, LAST_MONDAY, "Marco")
    with pytest.raises(Refused, match="closed by Marco"):
        review.close(company, LAST_MONDAY, "Giulia")
    with pytest.raises(Refused, match="closed by Marco"):
        review.write_down(company, LAST_MONDAY, "", review.NOTE, "too late", "Giulia")


def test_of_two_people_closing_at_once_one_is_told(company: Database) -> None:
    seen = review.live_document(company, LAST_MONDAY)
    told: list[str] = []
    done: list[str] = []
    both = threading.Barrier(2)

    def close(by: str) -> None:
        both.wait()
        try:
            done.append(review.close(company, LAST_MONDAY, by, seen=seen).closed_by)
        except Refused as refused:
            told.append(str(refused))

    threads = [threading.Thread(target=close, args=(by,)) for by in ("Marco", "Giulia")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1 and len(told) == 1
    assert f"closed by {done[0]}" in told[0]
    assert len(review.closed_reviews(company, "2026-W26")) == 1


def test_reopening_makes_a_new_version_with_its_author(company: Database) -> None:
    first = review.close(company, LAST_MONDAY, "Marco")
    with pytest.raises(DefinitionError):
        review.reopen(company, LAST_MONDAY, "Giulia", " ")
    review.reopen(company, LAST_MONDAY, "Giulia", "A figure was missing")
    opened = review.document(company, LAST_MONDAY)
    assert (opened.state, opened.version, opened.reopened_by) == ("open", 2, "Giulia")
    second = review.close(company, LAST_MONDAY, "Giulia")
    kept = review.closed_reviews(company, first.week)
    assert [item.version for item in kept] == [1, 2]
    assert ReviewDocument.from_json(kept[0].document) == first
    assert second.version == 2
    with pytest.raises(Refused, match="nothing to reopen"):
        review.reopen(company, LAST_MONDAY - timedelta(weeks=1), "Giulia", "why not")


def test_an_unfinished_week_cannot_be_closed(company: Database) -> None:
    with pytest.raises(Refused, match="not finished"):
        review.close(company, LAST_MONDAY + timedelta(weeks=1), "Marco")


def test_a_week_that_is_none_is_refused(company: Database) -> None:
    assert last_week(company) == LAST_MONDAY
    with pytest.raises(WrongUse):
        review.chosen_week(company, "2026-W54")


def test_what_is_typed_is_there_after_a_reload(company: Database) -> None:
    review.write_down(company, LAST_MONDAY, KPI, review.NOTE, "The owner looks into it", "Marco")
    assert review.drafts(company, LAST_MONDAY)[KPI, review.NOTE] == "The owner looks into it"
    assert review.document(company, LAST_MONDAY).notes[0].text == "The owner looks into it"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"look_by": date(2020, 1, 1)}, "has passed"),
        ({"text": "  "}, "Write what was decided"),
        ({"expected": None}, "Write the effect you expect"),
        ({"starts": TODAY, "look_by": TODAY + timedelta(days=7)}, "less than 4 weeks"),
    ],
)
def test_a_decision_that_cannot_be_tested_is_refused_with_the_reason(
    company: Database, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(DefinitionError, match=told):
        decide(company, a_decision(**changes), date(2026, 1, 12))


def test_a_decision_about_an_unknown_kpi_is_refused(company: Database) -> None:
    with pytest.raises(NotFound):
        decide(company, a_decision(kpi="luck"), date(2026, 1, 12))


def test_a_decision_becomes_a_test_and_its_outcome_stands_beside_the_prediction(company: Database) -> None:
    # officine went live on 2026-01-12 with a true effect of +0.10 on the share of self-service re-orders
    kept = decide(company, a_decision(), date(2026, 1, 12))
    assert review.document(company, LAST_MONDAY - timedelta(weeks=2)).decisions_due == ()
    (due,) = review.document(company, LAST_MONDAY).decisions_due
    assert due.outcome is not None and due.outcome.effect is not None
    assert due.outcome.effect.low <= 0.10 <= due.outcome.effect.high
    assert due.inside is True and is_inside(kept, due.outcome) is True
    wrong = replace(kept, expected=0.5)
    assert is_inside(wrong, outcome(company, wrong)) is False
    review.close(company, LAST_MONDAY, "Marco")
    found = calibration(company, TODAY)
    assert (found.n_predicted, found.n_inside) == (1, 1)
    assert found.outcomes[0].predicted == pytest.approx(0.1 / due.outcome.expected_without, rel=1e-6)
    assert abs(found.outcomes[0].honest or 0.0) <= abs(found.outcomes[0].effect or 0.0)
    bring_more(company, LAST_MONDAY)
    assert calibration(company, TODAY).outcomes[0].effect == found.outcomes[0].effect


def test_actions_need_an_owner_and_a_day_ahead_and_overdue_ones_come_first(company: Database) -> None:
    action = Action(0, "Call them", "Giulia", TODAY + timedelta(days=7), "2026-W26", "Marco")
    with pytest.raises(DefinitionError, match="needs an owner"):
        assign(company, replace(action, owner=" "), TODAY)
    with pytest.raises(DefinitionError, match="has passed"):
        assign(company, replace(action, due=TODAY - timedelta(days=1)), TODAY)
    assign(company, action, TODAY)
    late = assign(company, replace(action, due=TODAY - timedelta(days=3), text="Late"), TODAY - timedelta(days=9))
    shown = review.document(company, LAST_MONDAY).actions
    assert [(item.text, item.overdue, item.days_late) for item in shown] == [("Late", True, 3), ("Call them", False, 0)]
    settle(company, late.number, ActionState.DONE, "Giulia", TODAY, "2026-W26")
    assert [item.state for item in review.document(company, LAST_MONDAY).actions] == ["open", "done"]


def test_limits_are_set_anew_by_somebody_for_a_reason(company: Database) -> None:
    with pytest.raises(DefinitionError):
        review.rebase(company, f"{KPI}/riordini", date(2026, 2, 2), "", "Marco")
    with pytest.raises(NotFound):
        review.rebase(company, "luck", date(2026, 2, 2), "it changed", "Marco")
    with pytest.raises(DefinitionError, match="finished week"):
        review.rebase(company, f"{KPI}/riordini", TODAY, "it changed", "Marco")
    review.rebase(company, f"{KPI}/riordini", date(2026, 2, 3), "the portal is here to stay", "Marco")
    item = review.chart_item(company, LAST_MONDAY, f"{KPI}/riordini")
    assert item is not None and item.rebased is not None
    assert item.rebased.values["author"] == "Marco"
    assert item.limits_first == date(2026, 2, 9)  # the Monday on or after the chosen day


def test_an_objective_is_charted_as_difference_to_its_comparison_group(company: Database) -> None:
    item = review.chart_item(company, LAST_MONDAY, f"{KPI}/riordini")
    assert item is not None
    assert item.charted == "difference" and item.limits_state == "locked"
    assert "run" in item.series[-1].signals and item.improvement is True  # the portal works


def test_events_come_from_initiatives_the_calendar_and_people(company: Database) -> None:
    campaign = Event("spring", EventKind.CAMPAIGN, "Primavera", "", date(2026, 4, 1), date(2026, 4, 20), (KPI,))
    save_event(company, campaign, "Marco")
    found = list_events(company, date(2026, 4, 1), date(2026, 4, 30))
    kinds = [event.kind.value for event in found]
    assert "campaign" in kinds and kinds.count("holiday") == 3  # Easter Sunday, Easter Monday, 25 April
    holiday = next(event for event in found if event.first == date(2026, 4, 25))
    assert (holiday.label_it, holiday.label_en) == ("Anniversario della Liberazione", "Liberation Day")
    assert {event.initiative for event in all_events(company) if event.kind is EventKind.GO_LIVE} >= {"portale"}
    with pytest.raises(DefinitionError, match="before it begins"):
        save_event(company, replace(campaign, last=date(2026, 3, 1)), "Marco")
    withdraw_event(company, "spring", "Marco")
    assert all(event.key != "spring" for event in all_events(company))


def test_from_an_event_one_opens_its_before_and_after(company: Database) -> None:
    found = after_event(company, "go_live.portale.2026-01-12", KPI)
    assert found is not None
    group = found.objective.comparison
    assert group is not None and group.segments is not None
    assert "strategici" in group.segments and not {"pmi", "officine"} & set(group.segments)
    effect = found.comparison.effect
    assert effect is not None and effect.low <= 0.10 <= effect.high
    assert after_event(company, "nothing", KPI) is None


def test_a_follower_hears_once_until_the_state_changes(company: Database) -> None:
    follow(company, Follower(KPI, "file", "alerts.jsonl"))
    with pytest.raises(DefinitionError):
        follow(company, Follower(KPI, "mail", "nobody"))
    with pytest.raises(DefinitionError):
        follow(company, Follower(KPI, "file", "../outside"))
    first = due_alerts(company)
    assert first and all(alert.state == "improvement" for alert in first)
    for alert in first:
        mark_told(company, alert)
    assert due_alerts(company) == ()
    assert due_alerts(company, LAST_MONDAY + timedelta(weeks=1)) == ()  # a week that is not there


def values_told(database: Database, address: str) -> dict[str, float | None]:
    return {item.item.key: item.item.value for item in due_alerts(database) if item.follower.address == address}


def test_a_follower_is_told_of_the_rows_that_they_may_see_and_no_others(company: Database) -> None:
    """Whoever sends the alerts sees everything; nobody who follows a KPI hears of more than is granted to them."""
    nina = Person("nina@example.com", frozenset({Role.DIRECTOR}), Grant(frozenset({"pmi"})))
    ways = {
        "all.jsonl": (LOCAL, "file"), "hers.jsonl": (nina, "file"), "nina@example.com": (LOCAL, "mail"),
        "gone@example.com": (LOCAL, "mail"),
    }  # fmt: skip
    for address, (by, channel) in ways.items():
        with access.acting(by):
            follow(company, Follower(KPI, channel, address))
    person.grant(company, nina)
    person.grant(company, Person("gone@example.com", frozenset()))
    told = {address: values_told(company, address) for address in ways}
    monday = last_week(company)
    assert monday is not None
    with access.acting(nina):
        seen = {chart.watched.key: chart.last.value for chart in charts(company, monday) if chart.last}
    assert told["all.jsonl"] and told["hers.jsonl"], "both hear something"
    assert told["hers.jsonl"] == told["nina@example.com"]
    assert told["hers.jsonl"] == {key: seen[key] for key in told["hers.jsonl"]}
    assert told["hers.jsonl"][KPI] != told["all.jsonl"].get(KPI)
    assert told["gone@example.com"] == {}, "whose roles were taken back hears nothing"
    person.grant(company, replace(nina, grant=Grant(frozenset({"nessuno"}))))
    assert values_told(company, "hers.jsonl") == {}, "a grant that became narrower holds for what was asked for before"
    rows = next(item.rows for item in due_alerts(company) if item.follower.address == "all.jsonl")
    assert rows == ()


def test_a_replay_lists_changes_of_state_only(company: Database) -> None:
    fired = [
        item for item in replay(company, date(2025, 9, 1), LAST_MONDAY + timedelta(days=6), [KPI])
        if item.chart == f"{KPI}/riordini"
    ]  # fmt: skip
    assert fired[0].state == "improvement"
    assert date.fromisocalendar(2025, int(fired[0].week[-2:]), 1) >= date(2025, 9, 29)  # not before the go-live
    assert all(one.state != two.state for one, two in itertools.pairwise(fired))


def test_the_agenda_says_what_a_signal_is_mixed_from(company: Database) -> None:
    bring_more(company, LAST_MONDAY, 3000)
    found = figures(company, LAST_MONDAY)
    item = next(item for item in found.items if item.contributions)
    by_segment = [part for part in item.contributions if part.dimension == "segment"]
    assert by_segment
    assert item.rank >= 1 and item.events
    ranks = sorted(one.rank for one in (*found.items, *found.standing_out))
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(one.signals for one in found.items) and not any(one.signals for one in found.standing_out)
