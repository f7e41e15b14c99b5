"""Apache Superset beside us: installed in an environment of its own, served, asked over its chart-data interface.

It does not start from its own list of packages: `rich` and `cachetools` are not declared, Flask-Caching has to be
2.3.1 and SQLAlchemy 1.4.
"""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.peer_process import processor_seconds
from benchmarks.peer_questions import AROUND_CUT, FIVE, KPIS, PERIOD, SEGMENT, TWO_YEARS, WEEK

PACKAGES = (
    "apache-superset==6.1.0", "rich", "cachetools", "Flask-Caching==2.3.1", "SQLAlchemy==1.4.54", "duckdb==2.0.0",
    "duckdb-engine==0.17.0", "gunicorn",
)  # fmt: skip
PORT = 8189
ADDRESS = f"http://127.0.0.1:{PORT}"
_CONFIG = """SECRET_KEY = "local-measurement-only"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/meta.db?check_same_thread=false"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
DATA_CACHE_CONFIG = {{"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": "{home}/cache", "CACHE_DEFAULT_TIMEOUT": 3600}}
"""


def prepare(environment: Path, home: Path) -> dict[str, str]:
    """Make Superset ready with a user; return the variables that its programs need."""
    variables = os.environ | {"SUPERSET_CONFIG_PATH": str(home / "superset_config.py"), "FLASK_APP": "superset"}
    if (home / "ready").exists():
        return variables
    home.mkdir(parents=True, exist_ok=True)
    (home / "superset_config.py").write_text(_CONFIG.format(home=home), encoding="utf-8")
    who = "--username admin --firstname a --lastname b --email a@example.org --password admin".split()
    for arguments in (["db", "upgrade"], ["fab", "create-admin", *who], ["init"]):
        command = [str(environment / "bin" / "superset"), *arguments]
        subprocess.run(command, check=True, cwd=home, env=variables, capture_output=True)
    (home / "ready").touch()
    return variables


class Superset:
    """A running server with the plain table as a dataset."""

    def __init__(self, environment: Path, home: Path, table: Path) -> None:
        variables = prepare(environment, home)
        command = [str(environment / "bin" / "gunicorn"), "-w", "1", "--threads", "8", "--timeout", "300"]
        log = (home / "server.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [*command, "-b", f"127.0.0.1:{PORT}", "superset.app:create_app()"],
            cwd=home, env=variables, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            self._wait()
            self._headers = {"Content-Type": "application/json"}
            login = {"username": "admin", "password": "admin", "provider": "db", "refresh": True}
            self._headers["Authorization"] = "Bearer " + self._post("security/login", login)["access_token"]
            uri = f"duckdb:///{table}?access_mode=read_only"
            named = {"database_name": f"contacts {time.time()}", "sqlalchemy_uri": uri}
            database = self._post("database/", named)["id"]
            dataset = {"database": database, "schema": "main", "table_name": "contact"}
            for old in self._get("dataset/?q=(page_size:100)")["result"]:
                if old["table_name"] == "contact":
                    self._send("DELETE", f"dataset/{old['id']}", None)
            self._dataset = self._post("dataset/", dataset)["id"]
        except BaseException:
            self.close()
            raise

    def _wait(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{ADDRESS}/health", timeout=5).read()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(1)
        raise SystemExit("Superset does not start; see server.log in its folder")

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{ADDRESS}/api/v1/{path}", data, self._headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=300) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise SystemExit(f"Superset: {path}: {error.read()[:600]!r}") from error

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("POST", path, body)

    def _get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def ask(self, question: str, cached: bool = False) -> list:
        """Return the rows of a question; without its cache unless said."""
        body = {
            "datasource": {"id": self._dataset, "type": "table"},
            "force": not cached,
            "queries": [QUERIES[question]],
            "result_format": "json",
            "result_type": "full",
        }
        found = self._post("chart/data", body)["result"][0]
        if found.get("error"):
            raise SystemExit(f"Superset: {found['error']}")
        return found["data"]

    def rows(self, question: str) -> list:
        """Return the rows as lists, in the order of the KPIs."""
        if question == "q1":
            return [[row["touchpoint"], row["period"], *(row[name] for name in FIVE)] for row in self.ask(question)]
        days = [(row, time.strftime("%Y-%m-%d", time.gmtime(row["week"] / 1000))) for row in self.ask(question)]
        return [[day, *(row[name] for name in KPIS)] for row, day in days]

    def spent(self) -> float:
        """Return the processor seconds that the server has taken so far."""
        return processor_seconds(self._process.pid)

    def close(self) -> None:
        """Stop the server."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _metric(name: str) -> dict[str, str]:
    return {"expressionType": "SQL", "sqlExpression": KPIS[name], "label": name}


def _column(name: str, sql: str) -> dict[str, str]:
    return {"expressionType": "SQL", "sqlExpression": sql, "label": name}


QUERIES = {
    "q1": {
        "columns": ["touchpoint", _column("period", PERIOD)],
        "metrics": [_metric(name) for name in FIVE],
        "filters": [{"col": "segment", "op": "==", "val": SEGMENT}],
        "extras": {"where": AROUND_CUT},
        "row_limit": 1000,
        "orderby": [],
    },
    "q2": {
        "columns": [_column("week", WEEK)],
        "metrics": [_metric(name) for name in KPIS],
        "extras": {"where": TWO_YEARS},
        "row_limit": 1000,
        "orderby": [],
    },
}
