"""Hand-made findings, one of every verdict, for tests of what is said and shown about them."""

from dataclasses import replace
from datetime import date, timedelta
from math import sin

from ocem.domain.comparison import Comparison, Effect, Note, Sensitivity, Verdict, WeekPoint, WindowFigure
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Direction, Kpi, KpiKind, Level, Measure
from ocem.domain.objective import GoLive, Initiative, MacroObjective, Objective
from ocem.domain.perimeter import Cell, Dimension, Member, Perimeter

GO_LIVE = date(2025, 9, 29)
FIRST_WEEK = date(2024, 9, 30)
SEGMENTS = (
    Member(Dimension.SEGMENT, "pmi", "PMI manifatturiere", "Manufacturing SMEs"),
    Member(Dimension.SEGMENT, "officine", "Officine", "Workshops"),
)
TOUCHPOINTS = (Member(Dimension.TOUCHPOINT, "portale_riordini", "Portale riordini", "Re-order portal"),)
INITIATIVES = (Initiative("portale", "Portale riordini", "Re-order portal", (GoLive(GO_LIVE),), "portale_riordini"),)


def weeks(before: float, after: float, noise: float = 0.04, n: int = 110) -> tuple[WeekPoint, ...]:
    """Return weekly points with a step at the go-live and a known expectation after it."""
    points = []
    for i in range(n):
        first = FIRST_WEEK + timedelta(weeks=i)
        is_after = first >= GO_LIVE
        wobble = 1 + noise * (sin(i * 1.7) + 0.6 * sin(i * 0.37))
        seen = (after if is_after else before) * wobble
        points.append(
            WeekPoint(
                first,
                seen,
                before * wobble if is_after else None,
                before * wobble * 0.93 if is_after else None,
                before * wobble * 1.07 if is_after else None,
                before * 0.8 * wobble,
            )
        )
    return tuple(points)


def kpi(key: str, unit: str, direction: Direction, label_it: str, label_en: str, kind: KpiKind = KpiKind.SHARE) -> Kpi:
    """Return a KPI definition."""
    counted = Measure(FactKind.SALE, Aggregate.COUNT)
    return Kpi(key, kind, counted, counted, unit, direction, Level.PROCESS, "Direzione", label_it, label_en, "", "")


def objective(
    key: str, kpi_key: str, label_it: str, label_en: str, direction: Direction, **changes: object
) -> Objective:
    """Return an objective."""
    made = Objective(
        key=key,
        label_it=label_it,
        label_en=label_en,
        macro_objective=MacroObjective.INTERNAL_PROCESSES,
        kpi=kpi_key,
        perimeter=Perimeter(segments=("pmi", "officine")),
        initiative="portale",
        direction=direction,
        relevance=0.03,
        relevance_kind="absolute",
        target=None,
        owner="Direzione commerciale",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


KPIS = (
    kpi(
        "self_service_reorder_share",
        "share",
        Direction.UP,
        "Quota di riordini self-service",
        "Self-service re-order share",
    ),
    kpi("contacts_per_order", "ratio", Direction.DOWN, "Contatti per ordine", "Contacts per order", KpiKind.RATIO),
    kpi("response_time", "hours", Direction.DOWN, "Tempo di risposta", "Response time", KpiKind.DURATION),
    kpi("nps", "points", Direction.UP, "NPS", "NPS", KpiKind.NPS),
    kpi("cross_sell_share", "share", Direction.UP, "Quota di cross-selling", "Cross-selling share"),
    kpi("order_value", "eur", Direction.UP, "Valore medio dell'ordine", "Average order value", KpiKind.MEAN),
    kpi("new_customers", "count", Direction.UP, "Nuovi clienti", "New customers", KpiKind.COUNT),
)
OBJECTIVES = (
    objective(
        "riordini",
        "self_service_reorder_share",
        "Riordini self-service",
        "Self-service re-orders",
        Direction.UP,
        target=0.30,
        importance=5,
        guardrails=("nps",),
    ),
    objective(
        "contatti", "contacts_per_order", "Contatti per ordine", "Contacts per order", Direction.DOWN, importance=5
    ),
    objective(
        "risposta",
        "response_time",
        "Tempo di risposta, PMI",
        "Response time, SMEs",
        Direction.DOWN,
        importance=4,
        perimeter=Perimeter(segments=("pmi",)),
    ),
    objective(
        "soddisfazione",
        "nps",
        "Soddisfazione dopo l'ordine",
        "Satisfaction after the order",
        Direction.UP,
        importance=4,
    ),
    objective("cross", "cross_sell_share", "Cross-selling", "Cross-selling", Direction.UP),
    objective("valore", "order_value", "Valore dell'ordine", "Order value", Direction.UP),
    objective("nuovi", "new_customers", "Nuovi clienti", "New customers", Direction.UP),
)
BASELINE = WindowFigure(FIRST_WEEK, date(2025, 9, 28), 364, 18_400, 0.182)
EVALUATION = WindowFigure(date(2025, 10, 27), date(2026, 11, 8), 378, 19_120, 0.273)


def comparison(
    verdict: Verdict = Verdict.IMPROVED, kpi_key: str = "self_service_reorder_share", **changes: object
) -> Comparison:
    """Return a comparison that improves from 18.2% to 27.3%, unless told otherwise."""
    made = Comparison(
        objective="riordini",
        kpi=kpi_key,
        cell=Cell(),
        kind="share",
        unit="share",
        direction="up",
        baseline=BASELINE,
        evaluation=EVALUATION,
        verdict=verdict,
        effect=Effect(0.091, 0.061, 0.121, 0.50, 0.33, 0.66),
        expected_without=0.182,
        p_value=0.0001,
        mde=0.02,
        method="staggered_ar1",
        grade="A",
        reasons=(Note("clear_gain", {"least": 0.061, "relevance": 0.03}),),
        frozen=True,
        relevance=0.03,
        target=0.30,
        weeks=weeks(0.182, 0.273),
        go_live=GO_LIVE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _window(base: WindowFigure, value: float, n: float) -> WindowFigure:
    return replace(base, value=value, n=n)


COMPARISONS = (
    comparison(sensitivities=(Sensitivity("raw_mix", {}, Effect(0.085, 0.05, 0.12)),)),
    comparison(
        objective="contatti",
        kpi_key="contacts_per_order",
        kind="ratio",
        unit="ratio",
        direction="down",
        baseline=_window(BASELINE, 4.12, 9200),
        evaluation=_window(EVALUATION, 3.31, 9800),
        effect=Effect(-0.81, -1.12, -0.52, -0.2, -0.27, -0.12),
        expected_without=4.12,
        relevance=0.2,
        target=None,
        weeks=weeks(4.12, 3.31),
        reasons=(Note("clear_gain", {"least": 0.52, "relevance": 0.2}),),
    ),
    comparison(
        Verdict.WORSENED,
        objective="risposta",
        kpi_key="response_time",
        kind="duration",
        unit="hours",
        direction="down",
        baseline=_window(BASELINE, 5.2, 4100),
        evaluation=_window(EVALUATION, 7.9, 4300),
        effect=Effect(2.7, 1.4, 4.1, 0.52, 0.27, 0.79),
        expected_without=5.2,
        relevance=0.5,
        target=4.0,
        grade="B",
        weeks=weeks(5.2, 7.9, 0.09),
        reasons=(Note("clear_loss", {"least": 1.4, "relevance": 0.5}),),
        warnings=(Note("short_history", {"weeks": 44}), Note("segments_not_live_yet", {"segments": ["officine"]})),
    ),
    comparison(
        Verdict.INCONCLUSIVE,
        objective="soddisfazione",
        kpi_key="nps",
        kind="nps",
        unit="points",
        baseline=_window(BASELINE, 0.31, 620),
        evaluation=_window(EVALUATION, 0.345, 410),
        effect=Effect(0.028, -0.031, 0.087),
        expected_without=0.317,
        relevance=0.03,
        target=0.4,
        grade="B",
        weeks_needed=4,
        weeks=weeks(0.31, 0.345, 0.2),
        reasons=(Note("interval_too_wide", {"relevance": 0.03, "mde": 0.08, "weeks_needed": 4}),),
    ),
    comparison(
        Verdict.NO_RELEVANT_CHANGE,
        objective="cross",
        kpi_key="cross_sell_share",
        baseline=_window(BASELINE, 0.121, 18400),
        evaluation=_window(EVALUATION, 0.124, 19120),
        effect=Effect(0.002, -0.006, 0.010),
        expected_without=0.122,
        relevance=0.02,
        target=0.15,
        weeks=weeks(0.121, 0.124, 0.1),
        reasons=(Note("inside_relevance", {"relevance": 0.02}),),
    ),
    comparison(
        Verdict.CHANGED_CAUSE_UNKNOWN,
        objective="valore",
        kpi_key="order_value",
        kind="mean",
        unit="eur",
        grade="C",
        baseline=_window(BASELINE, 842.0, 18400),
        evaluation=_window(EVALUATION, 915.0, 19120),
        effect=Effect(66.0, 31.0, 101.0, 0.08, 0.04, 0.12),
        expected_without=849.0,
        relevance=25.0,
        target=None,
        weeks=weeks(842, 915),
        reasons=(Note("no_comparison_group"), Note("clear_gain", {"least": 31.0, "relevance": 25.0})),
        warnings=(Note("no_ex_ante_benchmark"),),
        frozen=False,
    ),
    comparison(
        Verdict.NOT_COMPARABLE,
        objective="nuovi",
        kpi_key="new_customers",
        kind="count",
        unit="count",
        baseline=WindowFigure(None, None, 0, None, None),
        evaluation=WindowFigure(None, None, 0, None, None),
        effect=None,
        expected_without=None,
        relevance=None,
        target=None,
        grade=None,
        p_value=None,
        mde=None,
        weeks=(),
        reasons=(Note("no_baseline"),),
        frozen=False,
    ),
)
