"""Build the demo company the way a real one comes in: exports, import, frozen baselines, more exports."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from ocem.demo import assessment, feedback, perimeter, review
from ocem.demo.exports import write_exports
from ocem.demo.link import declare_links
from ocem.errors import N_
from ocem.evaluation.baseline import freeze
from ocem.intake.importing import import_file
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter, load_folder
from ocem.store.journey import bring_up_to_date

DEFINITIONS = Path(__file__).parents[2] / "data" / "demo"
FREEZE_DAYS_BEFORE = 5
SHARE_WRITING = 0.25
"""Share of the progress bar that stands for writing the exports."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Built:
    """Where the exports lie and what was imported."""

    exports: Path
    batches: int
    rows: int


def build(
    database: Database, folder: Path | None = None, *, scale: float = 1.0, progress: Progress | None = None
) -> Built:
    """Write the demo company's exports and import them, freezing baselines where its history had reached go-live.

    Parameters
    ----------
    folder : Path, optional
        Where the export files go; default ``exports`` beside the database.
    scale : float
        Size of the company; 1 is about two million interactions.
    progress : callable, optional
        Called with a share (0 to 1) and an English sentence of the catalogue.
    """
    tell = progress or (lambda share, text: None)
    folder = Path(folder or database.folder / "exports")
    ensure_starter(database)
    loaded = load_folder(database, DEFINITIONS)
    written = write_exports(
        folder, scale=scale, progress=lambda share, _: tell(SHARE_WRITING * share, N_("Writing the exports"))
    )
    rows, n_batches, stage = 0, 0, None
    total = sum(item.path.stat().st_size for item in written.files) or 1
    done = 0
    for item in written.files:
        if stage is not None and item.stage != stage:
            _freeze(database, loaded.unfrozen)
        stage = item.stage
        receipt = import_file(database, item.path, source=item.profile, imported_at=None)
        assert not receipt.needs_decision, f"{item.path.name} must ask nothing: {receipt.needs_decision}"
        n_batches += 1
        rows += receipt.accepted
        done += item.path.stat().st_size
        tell(SHARE_WRITING + (1 - SHARE_WRITING) * done / total, N_("Importing the exports"))
    declare_links(database)
    feedback.seed(database, folder, scale)
    assessment.seed(database)
    perimeter.seed(database)
    bring_up_to_date(database)
    review.seed(database)
    return Built(folder, n_batches, rows)


def _freeze(database: Database, unfrozen: tuple[str, ...]) -> None:
    """Freeze the baselines on simulated days shortly before the first go-live of each objective."""
    with database.cursor() as con:
        objectives = objective_store.list_objectives(con)
        starts = {item.key: min(g.day for g in item.go_lives) for item in objective_store.list_initiatives(con)}
    for objective in objectives:
        if objective.key in unfrozen:
            continue
        day = starts[objective.initiative] - timedelta(days=FREEZE_DAYS_BEFORE)
        freeze(database, objective.key, objective.owner, at=datetime.combine(day, time(9, 30), UTC))
