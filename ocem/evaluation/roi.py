"""What a touchpoint costs, the margin attributed to it, and what those who use it say."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.feedback import Voice
from ocem.domain.perimeter import Dimension
from ocem.domain.theme import ThemeState
from ocem.evaluation.attribution import attribution, attribution_queries, days_of
from ocem.evaluation.feedback import level_of
from ocem.evaluation.theme import themes
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats.gap import Level
from ocem.store import feedback as feedback_store
from ocem.store import roi as store
from ocem.store.database import Database
from ocem.store.feedback import Which
from ocem.store.member import list_members

QUESTIONS = ("csat", "ces", "simplicity", "speed")
DEFAULT_MODEL = "markov"


@dataclass(frozen=True)
class Figure:
    """A figure and its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class TouchpointReturn:
    """One touchpoint over some days.

    `roi` is (margin - cost) / cost; `per_euro` the margin for each euro of cost; `payback_weeks` how many of these
    weeks of margin pay for the cost. They are None without cost or without attributed margin; the last also when the
    weeks are not enough. Intervals carry the uncertainty of the attribution only.
    """

    touchpoint: str
    fixed_eur: float
    variable_eur: float
    per_interaction_eur: float | None
    cost_eur: float
    is_from_interactions: bool
    interactions: int
    margin: Figure | None
    placed_margin_eur: float
    roi: Figure | None
    per_euro: Figure | None
    payback_weeks: Figure | None
    answers: tuple[tuple[str, Level], ...]
    themes_open: int
    themes_all: int


@dataclass(frozen=True)
class Returns:
    """All touchpoints over inclusive days under one model; `refusal` says why nothing was attributed."""

    first: date | None
    last: date | None
    model: str
    rows: tuple[TouchpointReturn, ...]
    refusal: str | None
    journeys_won: int
    sql: tuple[str, ...]


def returns(database: Database, model: str = DEFAULT_MODEL, view: View = EVERYTHING) -> Returns:
    """Return cost, attributed margin, return and feedback of every touchpoint; default days the last 52 weeks."""
    found = attribution(database, view, (model,))
    shared_out = attribution_queries(database, view)
    raised = themes(database)
    with database.cursor() as con:
        days = days_of(con, view)
        if days is None:
            return Returns(None, None, model, (), "no_orders", 0, ())
        perimeter = view.perimeter()
        costs = {row.touchpoint: row for row in store.cost_rows(con, *days, perimeter)}
        which = Which(*days, (Voice.CUSTOMER,), QUESTIONS, perimeter)
        heard: dict[str, dict[str, Level]] = {}
        for sums in feedback_store.answer_sums(con, which, "touchpoint"):
            level = level_of(sums)
            if sums.member and level:
                heard.setdefault(sums.member, {})[sums.question] = level
        order = [member.key for member in list_members(con, Dimension.TOUCHPOINT)]
    credits_ = {line.touchpoint: line for line in found.credits.get(model, ())}
    weeks = ((days[1] - days[0]).days + 1) / 7
    rows = []
    for key in order:
        if key not in costs and key not in credits_:
            continue
        credit = credits_.get(key)
        margin = Figure(credit.margin_eur, credit.margin_low, credit.margin_high) if credit else None
        about = [item for item in raised if item.theme.touchpoint == key]
        is_open = sum(item.state is not ThemeState.CLOSED for item in about)
        answers = tuple((question, heard[key][question]) for question in QUESTIONS if question in heard.get(key, {}))
        rows.append(_row(key, costs.get(key), margin, weeks, answers, is_open, len(about)))
    queries = [store.cost_query(*days, perimeter), feedback_store.sums_query(which, "touchpoint")]
    if shared_out is not None and found.credits:
        queries.append(shared_out.removal if model == DEFAULT_MODEL else shared_out.rules)
    return Returns(*days, model, tuple(rows), found.refusal, found.journeys_won, tuple(queries))


def _row(
    key: str,
    cost: store.CostRow | None,
    margin: Figure | None,
    weeks: float,
    answers: tuple[tuple[str, Level], ...],
    themes_open: int,
    themes_all: int,
) -> TouchpointReturn:
    cost = cost or store.CostRow(key, 0.0, 0.0, 0.0, 0, 0.0, 0)
    entered = cost.fixed_eur + cost.variable_eur
    variable = cost.variable_eur if entered else cost.interaction_cost_eur
    total = entered or cost.interaction_cost_eur
    return TouchpointReturn(
        key,
        cost.fixed_eur,
        variable,
        variable / cost.interactions if cost.interactions and variable else None,
        total,
        not entered and bool(cost.interaction_cost_eur),
        cost.interactions,
        margin,
        cost.placed_margin_eur,
        *rates(margin, total, weeks),
        answers,
        themes_open,
        themes_all,
    )


def rates(margin: Figure | None, cost: float, weeks: float) -> tuple[Figure | None, Figure | None, Figure | None]:
    """Return ROI, margin per euro of cost and weeks of payback.

    Examples
    --------
    1,000 euro of cost and 2,500 (2,000 to 4,000) of margin in 52 weeks:

    >>> roi, per_euro, payback = rates(Figure(2500, 2000, 4000), 1000, 52)
    >>> roi.value, per_euro.low, round(payback.value, 1), round(payback.low, 1), round(payback.high, 1)
    (1.5, 2.0, 20.8, 13.0, 26.0)
    >>> rates(Figure(500, 400, 600), 1000, 52)[2] is None
    True
    """
    if margin is None or cost <= 0:
        return None, None, None
    per_euro = Figure(margin.value / cost, margin.low / cost, margin.high / cost)
    roi = Figure(per_euro.value - 1, per_euro.low - 1, per_euro.high - 1)
    if per_euro.value < 1:
        return roi, per_euro, None
    slowest = weeks / per_euro.low if per_euro.low > 0 else float("inf")
    return roi, per_euro, Figure(weeks / per_euro.value, weeks / per_euro.high, slowest)
