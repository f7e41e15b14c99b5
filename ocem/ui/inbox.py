"""While the app holds the store, files left in its inbox folder are imported by it."""

import logging
import threading

from ocem.errors import OcemError
from ocem.store import access

EVERY_S = 3.0
log = logging.getLogger("ocem")


def watch(stop: threading.Event, every_s: float = EVERY_S) -> None:
    """Import what lies in the inbox every few seconds until told to stop."""
    from ocem.intake.importing import import_inbox
    from ocem.ui.database import database

    access.begin(access.SYSTEM)
    while not stop.wait(every_s):
        try:
            import_inbox(database())
        except OcemError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("The inbox could not be read")
