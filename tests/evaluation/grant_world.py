"""Two companies that are the same inside a grant and differ in every row outside it.

Whoever sees the granted rows only must get the same answer from both, whatever is asked: a single row from outside that
enters any figure makes the answers differ.
"""

import ast
import importlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ocem.domain.access import Grant, Person, Role
from ocem.domain.decision import Decision
from ocem.domain.feedback import Voice
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.evaluation import decision as deciding
from ocem.evaluation import review
from ocem.evaluation.view import View
from ocem.store import access
from ocem.store.batch import Staged, commit
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.store.staging import made_elsewhere, stage

ROOT = Path(__file__).resolve().parents[2]
LAST_MONDAY = date(2026, 3, 23)
SEGMENTS = ("dentro", "fuori", "altro")
TOUCHPOINTS = ("qui", "la", "oltre")
QUESTIONS = ("nps", "csat", "ces")
FIRST = date(2026, 1, 5)
DAYS = 84
DEFINITIONS: dict[str, Any] = {
    "segment": {key: {"label_it": f"{key.title()}-Q", "label_en": f"{key.upper()}-Q"} for key in SEGMENTS},
    "touchpoint": {
        key: {
            "label_it": f"{key.title()}-Q", "label_en": f"{key.upper()}-Q", "medium": "online" if n else "offline",
            "control": "owned", "self_service": n == 0,
        }
        for n, key in enumerate(TOUCHPOINTS)
    },
    "initiative": {"prova": {"label_it": "Prova", "label_en": "Trial", "go_live": [{"day": "2026-02-16"}]}},
    "objective": {
        "obiettivo": {
            "label_it": "Obiettivo", "label_en": "Objective", "macro_objective": "internal_processes",
            "kpi": "self_service_reorder_share", "direction": "up",
            "perimeter": {"segment": ["dentro"], "touchpoint": ["qui"]},
            "initiative": "prova", "baseline": ["2026-01-05", "2026-02-15"], "wash_in_days": 7, "relevance": 0.03,
            "owner": "Anna",
        }
    },
}  # fmt: skip


def _rows(database: Database, name: str, fact: str, outside: int) -> Staged:
    """Rows by a fixed law of their number; those that are not both in `dentro` and at `qui` also by `outside`."""
    more = {
        "interaction": """, 'ticket' AS kind, ['inbound', 'outbound'][1 + i % 2] AS direction,
            TIMESTAMPTZ '2026-01-05 10:00:00+01' + INTERVAL (i % {days}) DAY AS occurred_at,
            CAST(60 + i % 50 + x AS DOUBLE) AS duration_s, CAST(5 + x AS DECIMAL(18, 4)) AS cost_eur""",
        "sale": """, DATE '2026-01-05' + CAST(i % {days} AS INTEGER) AS order_day,
            CAST(100 + i % 70 + 7 * x AS DECIMAL(18, 4)) AS amount_eur, (i + x) % 3 = 0 AS is_reorder,
            CAST(10 + x AS DECIMAL(18, 4)) AS margin_eur, (i + x) % 5 = 0 AS is_new_customer""",
        "response": """, 'customer' AS voice, ['nps', 'csat', 'ces'][1 + i % 3] AS question,
            CAST((i + x) % 6 AS DOUBLE) AS score, 'parola' || (i % 4 + 10 * x) AS comment""",
    }[fact].format(days=DAYS)
    query = f"""SELECT CAST(i AS INTEGER) AS line, DATE '2026-01-05' + CAST(i % {DAYS} AS INTEGER) AS day,
        CAST(i % 97 + 1000 * s + 100 * t AS UBIGINT) AS customer, ['dentro', 'fuori', 'altro'][1 + s] AS segment,
        ['qui', 'la', 'oltre'][1 + t] AS touchpoint, 'acquisto' AS phase, CAST(i AS UBIGINT) AS key_hash,
        CAST(i + 1000003 * x AS UBIGINT) AS row_hash {more}
        FROM (SELECT i, s, t, CASE WHEN s = 0 AND t = 0 THEN 0 ELSE {outside} * (1 + s + t) END AS x
              FROM (SELECT i, i // 7 % 3 AS s, i // 21 % 3 AS t FROM range(2400) r(i)))
        WHERE x = 0 OR {outside} = 1 OR i % 13 <> {outside}"""
    return replace(stage(database, query, name, fact, name), file=f"{WRITTEN[outside]} {name}.csv")


def build(database: Database, outside: int) -> None:
    """Fill a store; `outside` changes what lies outside segment `dentro` at touchpoint `qui`."""
    load_documents(database, DEFINITIONS)
    for name, fact in (("contacts", "interaction"), ("orders", "sale"), ("survey", "response")):
        commit(database, _rows(database, name, fact, outside))
    _write_about(database, outside)


def _write_about(database: Database, outside: int) -> None:
    """Leave behind what speaks of rows outside: minutes, a decision, refused cells, counts of another engine."""
    week_before = LAST_MONDAY - timedelta(days=7)
    name = WRITTEN[outside]
    review.write_down(database, week_before, review.MEETING, review.NOTE, f"{name} in fuori", name)
    review.close(database, week_before, name)
    review.write_down(database, LAST_MONDAY, review.MEETING, review.NOTE, f"{name} in altro", name)
    perimeter = Perimeter(segments=("fuori",))
    decision = Decision(0, name, "orders", perimeter, LAST_MONDAY, date(2026, 5, 3), 0.1, name, "2026-W13", owner=name)
    deciding.decide(database, decision, date(2026, 3, 30))
    with database.write() as con:
        con.execute("INSERT INTO reject VALUES (1, 2, 'customer', ?, 'bad')", [name])
        con.execute("INSERT INTO repeated_upload VALUES (1, ?, 'x', now(), ?)", [name, outside])
    made_elsewhere(database, 10 * outside, outside, name)


WRITTEN = {1: "Bianchi", 3: "Verdi"}
"""A name that stands in what is written about rows outside, in each of the two companies."""
ANNA = Person("anna@example.com", frozenset(Role), Grant(frozenset({"dentro"}), frozenset({"qui"})))
"""Who sees what is the same in both companies."""


def random_view(rng: random.Random) -> View:
    """Draw filters, also of members that are not granted or do not exist."""

    def some(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(rng.sample([*keys, "nessuno"], rng.randint(0, 2)))

    view = View(segments=some(SEGMENTS), touchpoints=some(TOUCHPOINTS), phases=some(("acquisto",)))
    if rng.random() < 0.4:
        view = replace(view, first=date(2026, 1, rng.randint(5, 31)), last=date(2026, 3, rng.randint(1, 29)))
    return view


Ask = Callable[[Database, random.Random], Any]


def asked_by_pages() -> set[str]:
    """Return every use case that a page asks, as module and name, read from the pages themselves."""
    found = set()
    for path in [*(ROOT / "ocem" / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {
            name.asname or name.name: f"{node.module}.{name.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ocem.evaluation")
            for name in node.names
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("ask", "ask_while"):
                what = node.args[1 if node.func.id == "ask_while" else 0]
                if isinstance(what, ast.Name) and what.id in known:
                    found.add(known[what.id])
                elif isinstance(what, ast.Attribute) and isinstance(what.value, ast.Name) and what.value.id in known:
                    found.add(f"{known[what.value.id]}.{what.attr}")
    return found


def function(name: str) -> Callable[..., Any]:
    """Return the function of a full name."""
    module, _, attribute = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


def arguments(name: str, rng: random.Random, database: Database) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Yield how a use case is asked; nothing for one that nobody has said how to ask."""
    short = name.removeprefix("ocem.evaluation.")
    view, monday = random_view(rng), LAST_MONDAY
    kpi = rng.choice(["self_service_reorder_share", "contacts_per_order", "nps", "csat_top2", "orders", "revenue"])
    perimeter = Perimeter(segments=("dentro",)) if rng.random() < 0.5 else Perimeter()
    windows = ((date(2026, 1, 5), date(2026, 2, 1)), (date(2026, 2, 23), date(2026, 3, 22)))
    cell = (rng.choice(TOUCHPOINTS), "acquisto", rng.choice(SEGMENTS))
    known: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        **dict.fromkeys(NOTHING_MORE, ((), {})),
        **dict.fromkeys(WITH_VIEW, ((), {"view": view})),
        "agenda.figures": ((monday,), {}),
        "agenda.movements": ((monday,), {}),
        "baseline.frozen": (("obiettivo",), {}),
        "comparison.compare": ((), {"kpi": None, "by": rng.choice([None, "segment", "touchpoint"])}),
        "comparison_group.propose_groups": ((kpi, perimeter, _initiative(database)), {}),
        "decomposition.decompose": ((kpi, view, *windows), {}),
        "event.after_event": (("prova", kpi), {}),
        "ex_ante.ex_ante": (("prova",), {}),
        "feedback.comments": (({"tema": ("parola",)},), {"view": view}),
        "initiative.initiative_detail": (("prova",), {}),
        "number_box.number_box": ((kpi,), {"perimeter": perimeter}),
        "objective_history.objective_history": (("obiettivo",), {}),
        "perimeter_cell.cell_comparisons": (cell, {}),
        "perimeter_cell.cell_detail": (cell, {}),
        "perimeter_cell.cell_queries": ((*cell, kpi), {}),
        "member.history": ((Dimension.SEGMENT, "dentro"), {}),
        "member.member_uses": ((rng.choice([Dimension.SEGMENT, Dimension.TOUCHPOINT]),), {}),
        "member.members": ((Dimension.SEGMENT,), {}),
        "member.merges": ((Dimension.SEGMENT,), {}),
        "restatement.restated": ((monday,), {}),
        "restitution.coverage": ((date(2026, 3, 30),), {}),
        "restitution.you_said": ((Voice.CUSTOMER,), {}),
        "review.all_charts": ((monday,), {}),
        "review.chart_item": ((monday, f"{kpi}||"), {}),
        "scorecard.explain_figure": ((rng.choice(["segment", "touchpoint"]), cell[2], kpi), {"view": view}),
        "scorecard.scorecards": ((rng.choice(["segment", "touchpoint"]),), {"view": view}),
        "link_evidence.evidence": ((kpi, "orders"), {"view": view}),
    }
    if short in known:
        yield known[short]
    if short == "decision.outcome":
        yield (_decision(kpi, perimeter),), {}
    if short == "explain.explain":
        for item in _comparisons(database):
            yield (item,), {"view": view}


NOTHING_MORE = (
    "agenda.last_week", "alert.followers", "assessment.maturity", "displacement.highlights", "event.all_events",
    "conversion.may_convert", "feedback.rounds", "freshness.data_state", "initiative.roadmap",
    "journey_window.go_lives", "link.highlights",
    "link.last_recorded", "link.list_hypotheses", "objective.list_initiatives", "objective.list_kpis",
    "objective.list_objectives", "member.n_proposed", "perimeter.scope_history", "restitution.audiences",
    "restitution.echoes", "review.closed_reviews", "small_cell.thresholds", "theme.spoken", "theme.tags",
    "theme.themes",
)  # fmt: skip
WITH_VIEW = (
    "attribution.attribution", "attribution.attribution_queries", "control_room.control_room",
    "conversion.conversion_by_touchpoint",
    "displacement.displacements", "driver.drivers", "driver.result_drivers", "feedback.homogeneity", "feedback.sides",
    "feedback.two_views", "feedback.voices", "journey.journeys", "link.ledger", "matrix.matrix", "roi.returns",
)  # fmt: skip


def _decision(kpi: str, perimeter: Perimeter) -> Decision:
    """Return a decision compared with nothing: a verdict may rest on a group outside the grant, as declared."""
    return Decision(
        1, "Provare", kpi, replace(perimeter, touchpoints=("qui",)), date(2026, 2, 23), date(2026, 3, 22), 0.1, "Anna",
        "2026-W08", comparison=Perimeter(("qui",), ("nessuna",), ("dentro",)),
    )  # fmt: skip


def _comparisons(database: Database) -> list[Any]:
    from ocem.evaluation.comparison import compare

    return list(compare(database, checks=False))


def _initiative(database: Database) -> Any:
    from ocem.evaluation.objective import list_initiatives

    return list_initiatives(database)[0]


def answer(database: Database, name: str, seed: int, who: Person = ANNA) -> str:
    """Return what a use case says to a person, or how it refuses."""
    from ocem.errors import OcemError

    rng = random.Random(f"{name} {seed}")
    with access.acting(who):
        found = []
        for given, named in arguments(name, rng, database):
            try:
                found.append(repr(function(name)(database, *given, **named)))
            except OcemError as error:
                found.append(f"{type(error).__name__} {error}")
        return "\n".join(found)
