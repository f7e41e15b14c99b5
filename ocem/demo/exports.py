"""The demo company's exports, as its systems write them, in two stages around the first go-live.

`1_prima` holds the history up to the day before the first go-live, `2_dopo` the rest, so that baselines can be frozen
in between. Beside them `truth.json` says what is true and which rows an import must refuse.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ocem.demo import desk, digital, surveys
from ocem.demo.calendar import FIRST_DAY, LAST_DAY
from ocem.demo.draw import customer_offsets
from ocem.demo.journey import planted_path
from ocem.demo.names import Customers
from ocem.demo.part import Part
from ocem.demo.prospects import PROSPECT, prospect_codes
from ocem.demo.truth import FIRST_GO_LIVE, GUARDRAILS, LINKS, PLANTED, UNLINKED, objective_truth
from ocem.demo.world import COMPANY, SEED, World, build_world
from ocem.demo.writing import write_text, write_workbook

STAGES = ("1_prima", "2_dopo")
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class ExportFile:
    """One file: which stage it belongs to (1 or 2) and the profile that reads it."""

    stage: int
    path: Path
    profile: str


@dataclass(frozen=True)
class Exports:
    """All files in the order of import, and where the truth is written."""

    folder: Path
    files: tuple[ExportFile, ...]
    truth: Path

    def of_stage(self, stage: int) -> tuple[ExportFile, ...]:
        """Return the files of one stage, in the order of import."""
        return tuple(file for file in self.files if file.stage == stage)


def write_exports(folder: Path, *, scale: float = 1.0, progress: Progress | None = None) -> Exports:
    """Write all exports of the demo company and the truth behind them; the same scale gives the same bytes.

    Parameters
    ----------
    folder : Path
        Created if needed; files in it that bear the same names are replaced.
    scale : float
        Size of the company: 1 is about two million interactions, 0.02 is enough for tests.
    progress : callable, optional
        Called with the share done (0 to 1) and the name of the file just written.
    """
    for name in STAGES:
        (folder / name).mkdir(parents=True, exist_ok=True)
    world = build_world()
    customers = Customers(int(customer_offsets(scale)[PROSPECT]) + prospect_codes(scale))
    files: list[ExportFile] = []
    described: dict[str, Any] = {}
    for share, part in _parts(world, customers, scale):
        stage = 1 if part.last < FIRST_GO_LIVE else 2
        path = folder / STAGES[stage - 1] / part.name
        if part.sheet is None:
            write_text(path, part.table, part.style, part.dirt)
        else:
            write_workbook(path, part.sheet, _rows(part.table))
        files.append(ExportFile(stage, path, part.profile))
        described[f"{STAGES[stage - 1]}/{part.name}"] = _description(part)
        if progress is not None:
            progress(share, part.name)
    files.sort(key=lambda file: file.stage)
    truth = folder / "truth.json"
    truth.write_text(json.dumps(_truth(world, scale, described), indent=1, ensure_ascii=False), encoding="utf-8")
    if progress is not None:
        progress(1.0, truth.name)
    return Exports(folder, tuple(files), truth)


def _parts(world: World, customers: Customers, scale: float) -> Iterator[tuple[float, Part]]:
    """Yield every file with the share of the work that is done once it is written."""
    begun = 0.0
    for until, make in (
        (0.12, surveys.all_surveys),
        (0.20, digital.all_digital),
        (0.55, desk.erp_and_crm),
        (0.99, desk.contact_centre),
    ):
        parts = make(world, customers, scale)
        for i, part in enumerate(parts, start=1):
            yield begun + (until - begun) * i / len(parts), part
        begun = until


def _rows(table: pa.Table) -> Iterator[list[Any]]:
    yield list(table.column_names)
    columns = [column.to_pylist() for column in table.columns]
    yield from (list(row) for row in zip(*columns, strict=True))


def _description(part: Part) -> dict[str, Any]:
    return {
        "profile": part.profile,
        "first": part.first.isoformat(),
        "last": part.last.isoformat(),
        "rows": part.table.num_rows,
        "rejected": part.dirt.rejects() if part.dirt else {},
        "repeated": part.dirt.repeated if part.dirt else 0,
    }


def _truth(world: World, scale: float, described: dict[str, Any]) -> dict[str, Any]:
    path = planted_path(desk.sales_work(world, scale)[0])
    return {
        "company": COMPANY,
        "seed": SEED,
        "scale": scale,
        "first_day": FIRST_DAY.isoformat(),
        "last_day": LAST_DAY.isoformat(),
        "first_go_live": FIRST_GO_LIVE.isoformat(),
        "objectives": {planted.objective: objective_truth(world, planted) for planted in PLANTED},
        "guardrails": [{"objective": item.objective} | objective_truth(world, item) for item in GUARDRAILS],
        "links": [asdict(item) for item in LINKS],
        "paths": [asdict(path) | {"since": path.since.isoformat()}],
        "unlinked": [list(pair) for pair in UNLINKED],
        "files": described,
        "rows_by_profile": _totals(described),
    }


def _totals(described: dict[str, Any]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for item in described.values():
        totals[item["profile"]] = totals.get(item["profile"], 0) + item["rows"]
    return totals
