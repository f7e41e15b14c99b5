"""Import batches: stored whole, undone exactly, remembered."""

from ocem.store.batch.history import (
    BatchRecord,
    Repeat,
    find_live_upload,
    list_batches,
    note_repeat,
    rejects_of,
    repeats_of,
    source_states,
)
from ocem.store.batch.rows import name_members
from ocem.store.batch.staged import Counts, Staged
from ocem.store.batch.storing import CommitResult, classify, commit
from ocem.store.batch.undoing import UndoResult, undo

__all__ = [
    "BatchRecord",
    "CommitResult",
    "Counts",
    "Repeat",
    "Staged",
    "UndoResult",
    "classify",
    "commit",
    "find_live_upload",
    "list_batches",
    "name_members",
    "note_repeat",
    "rejects_of",
    "repeats_of",
    "source_states",
    "undo",
]
