"""While the app holds the store, files left in its inbox folder are imported by it; old uploads are cleared away."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ocem.errors import OcemError
from ocem.store import access

EVERY_S = 3.0
CLEARED_EVERY = timedelta(hours=6)
log = logging.getLogger("ocem")


def watch(stop: threading.Event, every_s: float = EVERY_S) -> None:
    """Import what lies in the inbox every few seconds until told to stop."""
    from ocem.intake.importing import import_inbox
    from ocem.ui.database import database

    access.begin(access.SYSTEM)
    cleared = datetime.min.replace(tzinfo=UTC)
    while not stop.wait(every_s):
        try:
            if datetime.now(UTC) - cleared > CLEARED_EVERY:
                clear_uploads(database().folder)
                cleared = datetime.now(UTC)
            import_inbox(database())
        except OcemError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("The inbox could not be read")


def clear_uploads(folder: Path) -> None:
    """Remove uploads that nobody imported within a day, and kept files older than rejects are kept."""
    from ocem.intake.rejects import purge_uploads
    from ocem.ui import upload_route

    upload_route.sweep()
    if (folder / "uploads").is_dir() and (gone := purge_uploads(folder / "uploads", datetime.now(UTC))):
        log.info("%s kept uploads were old enough to be removed", gone)
