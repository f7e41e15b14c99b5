"""The client of the engine, run by an interpreter of its own because its libraries do not fit the app's.

One JSON order a line comes in, one JSON answer a line goes out. It knows tables, statements and files, no KPI. Nothing
of the app is imported here.
"""

import contextlib
import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

RETRIES = 4
"""Tries before an engine that does not answer counts as gone: about three seconds."""
STOP_S = 2.0
"""How long the engine is given to hear that it should stop."""
_MARK = re.compile(r"\?")
_ABSENT = ("path_not_found", "not found", "no such file", "does not exist", "infer schema")
_TLS = ("ssl handshake", "ssl_error", "certificate verify", "handshake failed", "tsi_")
_GONE = ("unavailable", "failed to connect", "retries exceeded")


class Client:
    """One session with the engine."""

    def __init__(self) -> None:
        self._session: Any = None

    def open(self, address: str) -> dict[str, Any]:
        """Begin a session; answer with the engine's version."""
        from pyspark.sql import SparkSession
        from pyspark.sql.connect.client.retries import DefaultPolicy

        self._session = SparkSession.builder.remote(address).getOrCreate()
        self._session.client.set_retry_policies(
            [DefaultPolicy(max_retries=RETRIES, initial_backoff=200, max_backoff=1500, jitter=100)]
        )
        self._session.conf.set("spark.sql.session.timeZone", "UTC")
        return {"version": self._session.version}

    def read(self, name: str, folder: str) -> dict[str, Any]:
        """Give all Parquet files below a folder a name; answer with their columns."""
        # A pattern with stars reads nothing in Sail and a plain folder nothing in Spark; both read it this way.
        frame = self._session.read.option("recursiveFileLookup", "true").parquet(folder)
        frame.createOrReplaceTempView(name)
        return {"columns": {item.name: item.dataType.simpleString() for item in frame.schema.fields}}

    def text(self, file: str) -> dict[str, Any]:
        """Answer with the text of a small file, or null where there is none."""
        try:
            rows = self._session.read.text(file, wholetext=True).collect()
        except Exception as error:
            if is_absent(error):
                return {"text": None}
            raise
        return {"text": "\n".join(row[0] for row in rows) if rows else None}

    def table(self, name: str, columns: dict[str, str], rows: list[list[Any]]) -> dict[str, Any]:
        """Send a small table."""
        schema = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self._session.createDataFrame([tuple(row) for row in rows], schema).createOrReplaceTempView(name)
        return {}

    def view(self, name: str, sql: str) -> dict[str, Any]:
        """Give a statement a name."""
        self._session.sql(sql).createOrReplaceTempView(name)
        return {}

    def fetch(self, sql: str, values: list[Any], file: str) -> dict[str, Any]:
        """Run a statement and write its rows as one Parquet file."""
        import pyarrow.parquet

        table = self._session.sql(*named(sql, values)).toArrow()
        part = Path(file).with_suffix(".part")
        pyarrow.parquet.write_table(table, part)
        part.replace(file)
        return {"rows": table.num_rows}

    def stop(self) -> None:
        """Tell the engine to give up what runs, and end."""
        threading.Timer(STOP_S, os._exit, [1]).start()
        if self._session is not None:
            with contextlib.suppress(Exception):
                self._session.interruptAll()
        os._exit(1)


def named(sql: str, values: list[Any]) -> tuple[str, dict[str, Any]]:
    """Give every placeholder a name: Spark 4.2 mixes up the order of `?` in nested queries.

    Examples
    --------
    >>> named("a IN (?, ?)", [1, "x"])
    ('a IN (:v0, :v1)', {'v0': 1, 'v1': 'x'})
    """
    if len(_MARK.findall(sql)) != len(values):
        raise ValueError("placeholders and values")
    numbers = iter(range(len(values)))
    return _MARK.sub(lambda _: f":v{next(numbers)}", sql), {f"v{n}": value for n, value in enumerate(values)}


def is_absent(error: Exception) -> bool:
    """Say whether an error means that there is nothing at a path."""
    text = str(error).lower()
    return any(words in text for words in _ABSENT)


def told(error: Exception) -> dict[str, str]:
    """Say what went wrong: a code, and the engine's own first words."""
    text = " ".join(str(error).split())
    status = getattr(error, "code", lambda: None)
    name = getattr(status() if callable(status) else status, "name", "")
    lower = text.lower()
    if any(words in lower for words in _TLS):
        code = "tls"
    elif name == "UNAVAILABLE" or any(words in lower for words in _GONE):
        code = "gone"
    elif name in ("UNAUTHENTICATED", "PERMISSION_DENIED") or "unauthenticated" in lower:
        code = "token"
    elif "version" in lower and ("client" in lower or "unsupported" in lower):
        code = "version"
    elif is_absent(error):
        code = "absent"
    else:
        code = "query"
    return {"code": code, "text": text[:400]}


def main() -> None:
    """Carry out orders until there are no more."""
    client, answers = Client(), sys.stdout
    signal.signal(signal.SIGTERM, lambda *_: client.stop())
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(client, order.pop("do"))(**order)
        except Exception as error:
            answer = {"error": told(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
