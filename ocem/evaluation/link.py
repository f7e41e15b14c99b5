"""From touchpoint to outcome: which KPI moves before which, as people expect and as a screen over all pairs finds.

Everything is read from weekly sums; `docs/links.md` says how links are tested and what they cannot say.
"""

from dataclasses import replace
from datetime import date, timedelta

from ocem.domain.access import Right
from ocem.domain.comparison import Note
from ocem.domain.link import LONGEST_LAG, Ledger, Link, LinkHypothesis, LinkStatus, LinkTest
from ocem.errors import N_, DefinitionError
from ocem.evaluation.calendar import day_of
from ocem.evaluation.link_backing import backing_of
from ocem.evaluation.link_pairs import links_among, with_dates
from ocem.evaluation.link_weeks import finished_weeks, read_weeks
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats import link as stats
from ocem.store import access, audit
from ocem.store import kpi as kpi_store
from ocem.store import link as store
from ocem.store.database import Database


def list_hypotheses(database: Database) -> list[LinkHypothesis]:
    """Return the hypotheses that are not withdrawn."""
    with database.cursor() as con:
        return [item for item in store.list_hypotheses(con) if not item.is_withdrawn]


def save_hypothesis(database: Database, hypothesis: LinkHypothesis) -> LinkHypothesis:
    """Store what somebody expects; a change makes a new version.

    Raises
    ------
    DefinitionError
        If a KPI is linked to itself, a lag is out of range, or another hypothesis says the same.
    NotFound
        If a KPI does not exist.
    Forbidden
        If whoever acts may not define.
    """
    access.require(Right.DEFINE)
    subject = f"link.{hypothesis.key}"
    if hypothesis.leading == hypothesis.following:
        raise DefinitionError(
            N_("{subject}: a KPI cannot be linked to itself; choose two different ones."), subject=subject
        )
    if not 1 <= hypothesis.max_lag <= LONGEST_LAG:
        raise DefinitionError(
            N_("{subject}: the longest delay is {found} weeks; it lies between 1 and {most}."),
            subject=subject,
            found=hypothesis.max_lag,
            most=LONGEST_LAG,
        )
    if not hypothesis.owner.strip():
        raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name="owner")
    with database.write() as con:
        for key in (hypothesis.leading, hypothesis.following):
            kpi_store.find_kpi(con, key)
        for other in store.list_hypotheses(con):
            same = (other.leading, other.following) == (hypothesis.leading, hypothesis.following)
            if same and other.key != hypothesis.key and not other.is_withdrawn:
                raise DefinitionError(
                    N_("{subject}: {owner} already expects this link; change that one."),
                    subject=subject,
                    owner=other.owner,
                )
        version = store.save_hypothesis(con, hypothesis)
    return replace(hypothesis, version=version)


def withdraw(database: Database, key: str) -> None:
    """Withdraw a hypothesis: it stays on record and is no longer tested.

    Raises
    ------
    NotFound
        If none bears this key.
    Forbidden
        If whoever acts may not define.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        found = store.find_hypothesis(con, key)
        store.save_hypothesis(con, replace(found, is_withdrawn=True))


def ledger(database: Database, view: View = EVERYTHING, backed: bool = True) -> Ledger:
    """Test every declared hypothesis and screen all pairs down the chain, on the finished weeks.

    Parameters
    ----------
    backed : bool
        Whether to look for go-lives that back the declared links.

    Returns
    -------
    Ledger
        Every hypothesis, every pair the screen supports and every link that expired, strongest first; q-values by
        Benjamini-Hochberg over all pairs looked at.
    """
    with database.cursor() as con:
        weeks = read_weeks(con, view)
        hypotheses = [item for item in store.list_hypotheses(con) if not item.is_withdrawn]
        # tests on record are about the whole company; a narrower view has no past of its own
        recorded = store.list_tests(con) if view == EVERYTHING else []
    if isinstance(weeks, Note):
        refused = tuple(
            Link(item.leading, item.following, LinkStatus.NOT_TESTABLE, item, reasons=(weeks,)) for item in hypotheses
        )
        return Ledger(refused, 0, 0, None, None, 0, weeks)
    found, n_looked_at = links_among(weeks, hypotheses, recorded)
    last_day = day_of(weeks.weeks[-1]) + timedelta(days=6)
    found = [with_dates(item, recorded, last_day) for item in found]
    if backed and view == EVERYTHING:
        found = [replace(item, backing=backing_of(database, item)) if item.hypothesis else item for item in found]
    return Ledger(
        tuple(sorted(found, key=_rank)),
        n_looked_at,
        int(stats.clean(weeks.values, weeks.timeline).usable.sum()),
        day_of(weeks.weeks[0]),
        last_day,
        len(weeks.weeks),
    )


def _rank(item: Link) -> tuple[int, bool, float, str, str]:
    """Order by status, then links with an order in time before those of the same week, then the closest."""
    return list(LinkStatus).index(item.status), item.is_same_week, -abs(item.r or 0.0), item.leading, item.following


def last_recorded(database: Database) -> date | None:
    """Return the last day of data of the newest test on record."""
    with database.cursor() as con:
        return max((item.last_day for item in store.list_tests(con)), default=None)


def record_new_weeks(database: Database) -> int:
    """Test and record the declared links if whole weeks have come in since the newest test; return how many were new.

    To be called after every import: reading how far the weeks reach costs milliseconds, and nothing else is done until
    a week is whole.
    """
    with access.acting(access.SYSTEM):
        with database.cursor() as con:
            span = finished_weeks(con)
            declared = any(not item.is_withdrawn for item in store.list_hypotheses(con))
            newest = max((item.last_day for item in store.list_tests(con)), default=None)
        if span is None or not declared:
            return 0
        last_day = span[0] + timedelta(days=7 * span[2] - 1)
        return record_tests(database) if newest is None or newest < last_day else 0


def record_tests(database: Database) -> int:
    """Keep this finished week's tests of all links shown; return how many were new.

    Who may see only some rows keeps nothing: the record is about the whole.
    """
    if not access.person().grant.whole:
        return 0
    found = ledger(database, backed=False)
    if found.last_day is None:
        return 0
    with database.cursor() as con:
        known = {
            (item.leading, item.following): item.status
            for item in store.list_tests(con)
            if item.last_day == found.last_day
        }
    fresh = [
        LinkTest(
            item.leading, item.following, item.hypothesis.key if item.hypothesis else None, found.last_day,
            found.n_weeks, item.status, item.lag, item.r, item.low, item.high, item.p_value, item.q_value,
            found.n_looked_at,
        )
        for item in found.links
        if item.status is not LinkStatus.NOT_TESTABLE and known.get((item.leading, item.following)) is not item.status
    ]  # fmt: skip
    if fresh:
        with database.write() as con:
            store.save_tests(con, fresh)
            audit.record(con, "link_tests", found.last_day.isoformat(), {"tests": len(fresh)})
    return len(fresh)


MOST_HIGHLIGHTS = 3


def highlights(database: Database, most: int = MOST_HIGHLIGHTS) -> list[Link]:
    """Return the links that matter this week, closest first within each kind.

    First those contradicted or expired, then those supported for the first time or anew, then expected ones with an
    order in time, then the others with one.
    """
    found = ledger(database, backed=False)
    with database.cursor() as con:
        earlier = {
            (item.leading, item.following): item.status
            for item in store.list_tests(con)
            if found.last_day is None or item.last_day < found.last_day
        }

    def kind(item: Link) -> int | None:
        if item.status in (LinkStatus.CONTRADICTED, LinkStatus.EXPIRED):
            return 0
        if item.status is not LinkStatus.SUPPORTED or item.is_same_week:
            return None
        was = earlier.get((item.leading, item.following))
        if was is not None and was is not LinkStatus.SUPPORTED:
            return 1
        return 2 if item.hypothesis is not None else 3

    told = [(rank, item) for item in found.links if (rank := kind(item)) is not None]
    return [item for _rank_, item in sorted(told, key=lambda pair: pair[0])][:most]
