"""What an import makes of a few bytes, line by line, for tests that put one trap into one small file."""

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocem.store.database import Database

_SPEC = importlib.util.spec_from_file_location("adapter", Path(__file__).parents[1] / "csv_cases_adapter.py")
assert _SPEC and _SPEC.loader
adapter = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(adapter)

ITALIAN = {"decimal": ",", "thousands": ".", "date_order": "DMY", "timezone": "Europe/Rome"}
ENGLISH = {"decimal": ".", "thousands": ",", "date_order": "MDY", "timezone": "Europe/Rome"}
UNKNOWN = {"timezone": "Europe/Rome"}
ORDERS = {
    "when": {"column": "Data", "type": "date"},
    "who": {"column": "Cliente", "type": "text"},
    "amount": {"column": "Importo", "type": "amount"},
    "record_id": {"column": "ID", "type": "text"},
}


@dataclass
class Seen:
    """Accepted values, reject and skip codes by line, codes of warnings, questions, the refusal of the file."""

    accepted: dict[int, dict[str, Any]] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)
    asked: set[tuple[str | None, str]] = field(default_factory=set)
    refused: str | None = None
    detected: dict[str, Any] = field(default_factory=dict)
    updated: list[int] = field(default_factory=list)
    batch: int | None = None

    def column(self, name: str) -> dict[int, Any]:
        """Return one field of the accepted lines."""
        return {line: values[name] for line, values in self.accepted.items()}


def read(
    database: Database,
    data: bytes | str,
    fields: dict[str, dict[str, Any]] | None = None,
    profile: dict[str, Any] | None = None,
    key: tuple[str, ...] = ("record_id",),
    required: tuple[str, ...] = ("when",),
    name: str = "file.csv",
) -> Seen:
    """Import bytes under a mapping and return what became of each line."""
    path = database.folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    fields = fields or ORDERS
    keys = [item for item in key if item in fields]
    found = adapter.import_file(
        database, str(path), ITALIAN if profile is None else profile, fields, keys, list(required)
    )
    return Seen(
        {item["line"]: item["fields"] for item in found.get("accepted", [])},
        {item["line"]: item["code"] for item in found.get("rejected", [])},
        {item["line"]: item["code"] for item in found.get("skipped", [])},
        {item["code"] for item in found.get("warnings", [])},
        {(item["field"], item["kind"]) for item in found.get("needs_decision", [])},
        found.get("file_error"),
        found.get("detected", {}),
        [item["line"] for item in found.get("accepted", []) if item.get("update")],
        found.get("batch"),
    )


def one_column(header: str, values: list[str], type_: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return a file with a day and one column, and its mapping: the column is called ``value``."""
    lines = [f"Data;{header}", *(f"2026-01-{day:02d};{value}" for day, value in enumerate(values, start=1))]
    fields = {"when": {"column": "Data", "type": "date"}, "value": {"column": header, "type": type_}}
    return "\n".join(lines) + "\n", fields


def dates(values: list[str], type_: str = "date") -> tuple[str, dict[str, dict[str, Any]]]:
    """Return a file with an id and a day or moment in each line, and its mapping."""
    lines = ["ID;Quando", *(f"R{number};{value}" for number, value in enumerate(values, start=1))]
    fields = {"record_id": {"column": "ID", "type": "text"}, "when": {"column": "Quando", "type": type_}}
    return "\n".join(lines) + "\n", fields
