"""While the app holds the store: inbox files are imported, links tested on new weeks, old uploads cleared away."""

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ocem.errors import OcemError
from ocem.store import access

EVERY_S = 3.0
CLEARED_EVERY = timedelta(hours=6)
log = logging.getLogger("ocem")


def watch(stop: threading.Event, every_s: float = EVERY_S) -> None:
    """Import what lies in the inbox every few seconds until told to stop."""
    from ocem.evaluation.link import record_new_weeks
    from ocem.evaluation.people import apply_retention_daily
    from ocem.intake.inbox import import_inbox
    from ocem.ui.database import database
    from ocem.ui.priority import step_back

    step_back()
    access.begin(access.SYSTEM)
    cleared, tested = datetime.min.replace(tzinfo=UTC), -1
    while not stop.wait(every_s):
        try:
            if datetime.now(UTC) - cleared > CLEARED_EVERY:
                clear_uploads(database().folder)
                apply_retention_daily(database(), date.today())
                cleared = datetime.now(UTC)
            import_inbox(database())
            if database().data_version() != tested:
                record_new_weeks(database())
                tested = database().data_version()
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
