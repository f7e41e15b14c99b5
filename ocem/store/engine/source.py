"""Facts on shared storage as the rollup reads them: columns by their types, members by number, nothing superseded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.fact import DAY_FIELD, FACT_FIELDS, FactKind, FieldType
from ocem.errors import N_, EngineFailed, Named
from ocem.store.engine.conversation import Conversation

FACTS = (FactKind.INTERACTION, FactKind.SALE, FactKind.MEASURE, FactKind.COST)
"""What may lie on shared storage. Answers stay in the store: which of them may be shown depends on all the others."""
NAMES = {
    FactKind.INTERACTION: Named("contatti", "contacts"),
    FactKind.SALE: Named("vendite", "sales"),
    FactKind.MEASURE: Named("misure già aggregate", "figures that came as totals"),
    FactKind.COST: Named("costi", "costs"),
}
DIMENSIONS = ("touchpoint", "segment", "phase")
MANIFEST = "exchange.json"

_TYPES = {
    FieldType.TEXT: "STRING", FieldType.INT: "BIGINT", FieldType.AMOUNT: "DECIMAL(18, 4)", FieldType.SCORE: "DOUBLE",
    FieldType.DURATION: "DOUBLE", FieldType.RATE: "DOUBLE", FieldType.FLAG: "BOOLEAN", FieldType.DATE: "DATE",
}  # fmt: skip
"""Names of types that DuckDB, Spark and Sail all read."""
_DERIVED = {FactKind.SALE: {"lead_time_days": "CAST(CAST(f.day AS DATE) - CAST(f.lead_day AS DATE) AS INT)"}}
MEMBER_COLUMNS = {
    "dimension": "STRING", "id": "INT", "key": "STRING", "medium": "STRING", "control": "STRING",
    "self_service": "BOOLEAN",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One fact on shared storage: the columns found there."""

    fact: FactKind
    columns: frozenset[str]

    @property
    def table(self) -> str:
        """Name of the rows as they lie there."""
        return f"shared_{self.fact.value}"

    @property
    def view(self) -> str:
        """Name of the rows as the rollup reads them."""
        return f"{self.fact.value}_of_engine"

    def live(self) -> str:
        """Return the condition that leaves out superseded versions, where they lie there too."""
        return "superseded_by IS NULL" if "superseded_by" in self.columns else "TRUE"


def find(talk: Conversation, fact: FactKind) -> Source:
    """Look at one fact on shared storage.

    Raises
    ------
    EngineFailed
        If there is none, or it has no column ``day`` of type DATE, or none that its sums need.
    """
    source = Source(fact, frozenset())
    found = talk.ask("read", name=source.table, folder=f"{talk.engine.folder}/facts/{fact.value}")["columns"]
    needed = {"day"} | {
        item.name for item in FACT_FIELDS[fact] if item.required and item.name != DAY_FIELD[fact]
    }  # the day stands for the moment
    missing = sorted(needed - set(found))
    if missing or found["day"] != "date":
        raise EngineFailed(
            "columns",
            N_("On shared storage, columns of {fact} are missing or have another type: {columns}. Needed: {needed}."),
            fact=NAMES[fact],
            columns=", ".join(missing) or f"day {found['day']}",
            needed=", ".join([*sorted(needed - {"day"}), "day DATE"]),
        )
    return Source(fact, frozenset(found))


def view_sql(source: Source) -> str:
    """Return the statement that shows the rows as the rollup reads them; ``member_name`` gives names their numbers."""
    columns, joins = ["CAST(f.day AS DATE) AS day"], ""
    for item in FACT_FIELDS[source.fact]:
        if item.name in DIMENSIONS and item.name in source.columns:
            name = f"m_{item.name}"
            joins += (
                f"\nLEFT JOIN member_name {name} ON {name}.dimension = '{item.name}' "
                f"AND {name}.name = lower(f.{item.name})"
            )
            columns.append(f"coalesce({name}.id, 0) AS {item.name}_id")
        elif item.type in _TYPES and item.name not in ("day", DAY_FIELD[source.fact]):
            value = f"f.{item.name}" if item.name in source.columns else "NULL"
            columns.append(f"CAST({value} AS {_TYPES[item.type]}) AS {item.name}")
    columns += [f"0 AS {name}_id" for name in DIMENSIONS if name not in source.columns]
    for name, text in _DERIVED.get(source.fact, {}).items():
        columns.append(f"{text} AS {name}" if "lead_day" in source.columns else f"CAST(NULL AS INT) AS {name}")
    return f"SELECT {', '.join(columns)}\nFROM {source.table} f{joins}\nWHERE {source.live()}"


def count_sql(source: Source, days: tuple[date, date] | None) -> str:
    """Return the statement that counts rows by day and the names that stand there: the count asked separately."""
    names = [name for name in DIMENSIONS if name in source.columns]
    within = f" AND {between(days)}" if days else ""
    return (
        f"SELECT {', '.join(['day', *names])}, count(*) AS n_rows FROM {source.table}\n"
        f"WHERE {source.live()}{within} GROUP BY {', '.join(['day', *names])}"
    )


def between(days: tuple[date, date]) -> str:
    """Return the condition that a row lies in a span of days."""
    return f"day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"


def manifest_rows(text: str | None, fact: FactKind) -> dict[str, int] | None:
    """Return how many rows a fact has each month by the manifest of an export; None without one.

    Examples
    --------
    >>> file = {"file": "facts/sale/erp/month=2026-03.parquet", "rows": 5}
    >>> manifest_rows(json.dumps({"sources": [{"fact": "sale", "files": [file]}]}), FactKind.SALE)
    {'2026-03': 5}
    """
    if text is None:
        return None
    found: dict[str, int] = {}
    for item in json.loads(text).get("sources", []):
        for file in item["files"] if item["fact"] == fact.value else []:
            month = file["file"].rsplit("month=", 1)[-1][:7]
            found[month] = found.get(month, 0) + int(file["rows"])
    return found


def send_members(talk: Conversation, con: DuckDBPyConnection) -> None:
    """Give the engine the members and every name that leads to one, as an import reads names."""
    marks = ", ".join(f"'{name}'" for name in DIMENSIONS)
    members = con.execute(f"SELECT {', '.join(MEMBER_COLUMNS)} FROM member WHERE dimension IN ({marks})").fetchall()
    talk.ask("table", name="member", columns=MEMBER_COLUMNS, rows=members)
    names: Sequence[tuple[Any, ...]] = con.execute(
        f"SELECT dimension, name, id FROM member_name WHERE dimension IN ({marks})"
    ).fetchall()
    columns = {"dimension": "STRING", "name": "STRING", "id": "INT"}
    talk.ask("table", name="member_name", columns=columns, rows=list(names) or [["", "", 0]])
