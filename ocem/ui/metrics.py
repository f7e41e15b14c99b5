"""What an operator's monitoring asks: figures in Prometheus text form, and a log that other programs can read.

Neither names a person, a customer or a file.
"""

import logging
import os
from datetime import UTC, datetime

import anyio
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest
from pythonjsonlogger.json import JsonFormatter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from streamlit.runtime import Runtime

from ocem.errors import OcemError
from ocem.store import access
from ocem.store.batch import list_batches
from ocem.store.database import Database
from ocem.store.engine import owned
from ocem.store.freshness import source_reaches

LOG_AS_JSON = "OCEM_LOG"
"""Set to ``json`` for one JSON object a line."""


def measured(database: Database, sessions: int, now: datetime) -> bytes:
    """Return the figures as Prometheus reads them."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)

    def gauge(name: str, text: str, value: float) -> None:
        Gauge(name, text, registry=registry).set(value)

    with database.cursor() as con:
        reaches, batches, shared = source_reaches(con), list_batches(con), owned.state(con)
    gauge("ocem_data_version", "Grows with every committed write", database.data_version())
    gauge("ocem_store_bytes", "Size of the database file", database.path.stat().st_size)
    gauge("ocem_sessions", "Browser sessions open now", sessions)
    gauge("ocem_batches", "Live import batches", sum(item.status == "live" for item in batches))
    if shared.owned:
        oldest = min(item.made_at for item in shared.owned)
        gauge("ocem_engine_age_seconds", "Age of the oldest sums from shared storage", (now - oldest).total_seconds())
        gauge("ocem_engine_failed", "Whether the engine's last try failed", shared.failed is not None)
    age = Gauge("ocem_source_age_seconds", "Seconds since a source was last loaded", ["source"], registry=registry)
    behind = Gauge(
        "ocem_source_days_behind", "Days since the last day of a source's data", ["source"], registry=registry
    )
    for reach in reaches:
        age.labels(reach.source).set((now - reach.imported_at).total_seconds())
        behind.labels(reach.source).set((now.date() - reach.last_day).days)
    return generate_latest(registry)


async def answer(_request: Request) -> Response:
    """Serve the figures."""
    from ocem.ui.database import database

    sessions = Runtime.instance()._session_mgr.num_active_sessions() if Runtime.exists() else 0

    def ask() -> bytes:
        with access.acting(access.SYSTEM):
            return measured(database(), sessions, datetime.now(UTC))

    try:
        text = await anyio.to_thread.run_sync(ask)
    except OcemError as error:
        return PlainTextResponse(f"# {error}\n", status_code=503)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def set_up_log() -> None:
    """Write the program's log as JSON lines where that is asked for."""
    if os.environ.get(LOG_AS_JSON) != "json":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", timestamp=True))
    logger = logging.getLogger("ocem")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
