"""The same sums from DuckDB, Sail and a real Spark cluster, and the same verdicts: the check before a release.

    .venv/bin/python benchmarks/engine_cluster.py FOLDER --rows 10M [--only sail]

Below FOLDER it installs Spark (491 MB, needs Java 17), writes contacts and orders as Parquet by month, starts a master,
two workers and a Connect server on loopback, lets each engine make the sums for a copy of one store and compares every
sum (1e-9 relative) and every verdict. Everything it starts it ends; the folder may be deleted afterwards.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ocem.domain.fact import FactKind  # noqa: E402
from ocem.errors import OcemError  # noqa: E402
from ocem.evaluation import comparison, grid  # noqa: E402
from ocem.store.database import Database  # noqa: E402
from ocem.store.definitions import ensure_starter, load_folder  # noqa: E402
from ocem.store.engine.run import run  # noqa: E402
from ocem.store.engine.settings import settings  # noqa: E402
from ocem.store.objective import list_objectives  # noqa: E402

SPARK = ["pyspark==4.2.0", "pandas<3", "pyarrow==26.0.1", "grpcio==1.85.1", "grpcio-status==1.85.1", "zstandard"]
FACTS = (FactKind.INTERACTION, FactKind.SALE)
MASTER, CONNECT, SAIL = 17077, 15670, 15671
TOLERANCE = 1e-9
DAYS = 1096
"""Three years from 13 November 2023, as the demo company's."""


EFFECT_FROM = "2025-09-29"
"""From here on a quarter of what two segments do moves to the re-order portal, so that verdicts differ."""


def generate(folder: Path, rows: int, store: Path) -> None:
    """Write contacts and, a tenth of them, orders; every value follows from the row's number alone."""
    if (folder / "exchange.json").exists():
        return
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false")
    con.execute("CREATE MACRO mix(i, k) AS CAST(hash(i * 64 + k) >> 20 AS BIGINT)")
    con.execute("CREATE MACRO pick(names, i, k) AS names[1 + mix(i, k) % len(names)]")
    members = _members(store)
    lists = {name: "[" + ", ".join(f"'{key}'" for key in keys) + "]" for name, keys in members.items()}
    day = f"DATE '2023-11-13' + CAST(i * {DAYS} // {{n}} AS INTEGER)"
    chosen = {name: f"pick({keys}, i, {k})" for k, (name, keys) in enumerate(lists.items(), start=1)}
    live = f"{chosen['segment']} IN ('pmi', 'officine') AND {day} >= DATE '{EFFECT_FROM}'"
    chosen["touchpoint"] = (
        f"CASE WHEN {live} AND mix(i, 4) % 4 = 0 THEN 'portale_riordini' ELSE {chosen['touchpoint']} END"
    )
    cell = ", ".join(f"{text} AS {name}" for name, text in chosen.items())
    selects = {
        "interaction": f"""SELECT {day.format(n=rows)} AS day, {cell.format(n=rows)},
            pick(['lead', 'quote', 'visit', 'complaint', 'order', 'question'], i, 5) AS kind,
            pick(['inbound', 'inbound', 'outbound'], i, 6) AS direction,
            CASE WHEN mix(i, 7) % 10 < 7 THEN exp(3 + mix(i, 8) % 4000 / 1000.0) END AS duration_s,
            CASE WHEN mix(i, 9) % 10 < 5 THEN mix(i, 10) % 1200 / 10.0 END AS wait_s,
            CAST(mix(i, 11) % 90000 / 10000.0 AS DECIMAL(18, 4)) AS cost_eur,
            CASE mix(i, 12) % 5 WHEN 0 THEN NULL WHEN 1 THEN false ELSE true END AS resolved_first
            FROM range({rows}) t(i)""",
        "sale": f"""SELECT {day.format(n=rows // 10)} AS day, {cell.format(n=rows // 10)},
            CAST({day.format(n=rows // 10)} AS DATE) - CAST(mix(i, 21) % 40 AS INTEGER) AS lead_day,
            CAST(mix(i, 22) % 5000000 / 10000.0 AS DECIMAL(18, 4)) AS amount_eur,
            CAST(mix(i, 23) % 900000 / 10000.0 AS DECIMAL(18, 4)) AS margin_eur,
            CAST(1 + mix(i, 24) % 9 AS BIGINT) AS n_lines,
            mix(i, 25) % 10 < 6 AS is_reorder, mix(i, 26) % 20 = 0 AS is_new_customer,
            mix(i, 27) % 10 = 0 AS is_cross_sell, mix(i, 28) % 15 = 0 AS is_up_sell FROM range({rows // 10}) t(i)""",
    }
    sources = []
    for fact, select in selects.items():
        con.execute(f"CREATE TEMP TABLE rows_of AS {select}")
        months = con.execute("SELECT strftime(day, '%Y-%m'), count(*) FROM rows_of GROUP BY 1 ORDER BY 1").fetchall()
        place = folder / "facts" / fact / "generated"
        place.mkdir(parents=True)
        files = []
        for month, n in months:
            name = f"month={month}.parquet"
            con.execute(
                f"COPY (FROM rows_of WHERE strftime(day, '%Y-%m') = '{month}' ORDER BY day) "
                f"TO '{place / name}' (FORMAT parquet, COMPRESSION zstd)"
            )
            files.append({"file": f"facts/{fact}/generated/{name}", "rows": n})
        sources.append({"source": "generated", "fact": fact, "files": files})
        con.execute("DROP TABLE rows_of")
    (folder / "exchange.json").write_text(json.dumps({"format": "ocem-exchange", "version": 1, "sources": sources}))


def _members(store: Path) -> dict[str, list[str]]:
    """Return the keys of the store's members by dimension, those without a name left out."""
    with duckdb.connect(str(store), read_only=True) as con:
        rows = con.execute("SELECT dimension, key FROM member WHERE id > 0 ORDER BY dimension, id").fetchall()
    return {name: [key for dimension, key in rows if dimension == name] for name in ("touchpoint", "segment", "phase")}


def base_store(folder: Path) -> Path:
    """Make a store with the demo company's definitions and no fact."""
    path = folder / "base" / "ocem.duckdb"
    if not path.exists():
        path.parent.mkdir(parents=True)
        database = Database.open(path)
        ensure_starter(database)
        load_folder(database, ROOT / "data" / "demo")
        database.close()
    return path


@contextlib.contextmanager
def started(command: list[str], log: Path, port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    """Run a server for the length of a block, from when its port answers."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env=os.environ | (environment or {}),
            start_new_session=True,
            cwd=log.parent,
        )
    try:
        for _ in range(240):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if child.poll() is not None:
                raise SystemExit(f"{command[0]} ended; see {log}")
            time.sleep(0.5)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, 15)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, 9)


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Master, two workers of one core each, and the Connect server, all on loopback."""
    venv = folder / "spark-venv"
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *SPARK], check=True)
    home = next((venv / "lib").glob("python3*/site-packages/pyspark"))
    work = folder / "cluster"
    work.mkdir(exist_ok=True)
    environment = {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(work),
        "SPARK_LOCAL_DIRS": str(work), "PYSPARK_PYTHON": str(python),
    }  # fmt: skip
    start, master = str(home / "bin" / "spark-class"), f"spark://127.0.0.1:{MASTER}"
    package = "org.apache.spark.deploy"
    with contextlib.ExitStack() as all_of_it:

        def add(name: str, arguments: list[str], port: int) -> None:
            all_of_it.enter_context(started([start, *arguments], work / f"{name}.log", port, environment))

        add(
            "master",
            [f"{package}.master.Master", "--host", "127.0.0.1", "--port", str(MASTER), "--webui-port", "0"],
            MASTER,
        )
        for number in (1, 2):
            port = MASTER + number
            worker = ["--host", "127.0.0.1", "--port", str(port), "-c", "1", "-m", "2g", "--webui-port", "0", master]
            add(f"worker{number}", [f"{package}.worker.Worker", *worker], port)
        options = {
            "spark.connect.grpc.binding.port": CONNECT, "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.sql.shuffle.partitions": 8, "spark.ui.enabled": "false", "spark.executor.memory": "1g",
        }  # fmt: skip
        service = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        for name, value in options.items():
            service += ["--conf", f"{name}={value}"]
        add("connect", [f"{package}.SparkSubmit", "--master", master, *service, "spark-internal"], CONNECT)
        yield f"sc://127.0.0.1:{CONNECT}"
        text = (work / "master.log").read_text(errors="replace")
        workers, executors = text.count("Registering worker"), text.count("Launching executor")
        print(f"workers registered: {workers}, executors launched: {executors}")


@contextlib.contextmanager
def sail(folder: Path) -> Iterator[str]:
    """Sail's server, from the environment of the client."""
    python = os.environ.get("OCEM_ENGINE_PYTHON") or str(ROOT / ".venv-engine" / "bin" / "python")
    script = f"from pysail.spark import SparkConnectServer as S; S('127.0.0.1', {SAIL}).start(background=False)"
    with started([python, "-c", script], folder / "sail.log", SAIL):
        yield f"sc://127.0.0.1:{SAIL}"


@contextlib.contextmanager
def stand_in(_folder: Path) -> Iterator[str]:
    """No server: DuckDB itself reads the Parquet, by the same orders and the same text."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"sc://127.0.0.1:{door.getsockname()[1]}"


def made_by(name: str, folder: Path, lake: Path) -> tuple[Path, float]:
    """Let an engine make the sums of a copy of the store; return the copy and the seconds it took."""
    path = folder / name / "ocem.duckdb"
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir()
    shutil.copyfile(base_store(folder), path)
    database = Database.open(path)
    servers = {"duckdb": stand_in, "sail": sail, "spark": cluster}
    worker = (sys.executable, str(ROOT / "tests" / "engine" / "stand_in.py"), "") if name == "duckdb" else None
    try:
        with servers[name](folder) as address:
            began = time.monotonic()
            done = run(database, settings(address, str(lake), 3600.0, worker=worker), FACTS)
            taken = time.monotonic() - began
        print(f"{name}: {done.rows}, {done.n_sums} sums, {taken:.1f} s", flush=True)
    finally:
        database.close()
    return path, taken


def verdicts(path: Path) -> list[str]:
    """Return every finding of every objective, and of every KPI cell by cell, in words without small digits."""
    database = Database.open(path)
    try:
        with database.cursor() as con:
            keys = [item.key for item in list_objectives(con)]
        found = []
        for item in comparison.compare(database, None, None, None):
            found.append(f"{item.objective} {item.verdict.value} {item.effect and f'{item.effect.absolute:.7g}'}")
        for key in keys:
            with contextlib.suppress(OcemError):
                for item in grid.compare_cells(database, key, None):
                    effect = item.effect and f"{item.effect.absolute:.7g} {item.grade}"
                    found.append(f"{key} {item.kpi} {asdict(item.cell)} {item.verdict.value} {effect}")
        return found
    finally:
        database.close()


def worst(first: Path, second: Path) -> tuple[int, float]:
    """Return how many sums there are, and the largest relative difference; rows on one side only count as 1."""
    con = duckdb.connect()
    for name, path in (("a", first), ("b", second)):
        con.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
    names = ("n", "numerator", "denominator", "numerator_sq", "numerator_log", "numerator_log_sq")
    gap = ", ".join(f"abs(x.{name} - y.{name}) / greatest(1, abs(x.{name}))" for name in names)
    row = con.execute(
        f"SELECT count(*), max(CASE WHEN x.n IS NULL OR y.n IS NULL THEN 1 ELSE greatest({gap}) END) "
        "FROM a.daily x FULL JOIN b.daily y USING (kpi_id, fact, day, touchpoint_id, segment_id, phase_id)"
    ).fetchone()
    con.close()
    assert row is not None
    return 6 * int(row[0]), float(row[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", default="10M")
    parser.add_argument("--only", choices=("sail", "spark"), action="append")
    options = parser.parse_args()
    rows = int(options.rows.upper().replace("M", "000000"))
    folder = options.folder.resolve()
    lake = folder / f"lake-{options.rows}"
    lake.mkdir(parents=True, exist_ok=True)
    generate(lake, rows, base_store(folder))
    size = sum(file.stat().st_size for file in lake.rglob("*.parquet"))
    print(
        f"{rows} contacts, {rows // 10} orders, {size / 1e6:.0f} MB of Parquet, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    own, base_s = made_by("duckdb", folder, lake)
    expected = verdicts(own)
    failed = False
    for name in options.only or ["sail", "spark"]:
        path, taken = made_by(name, folder, lake)
        n, gap = worst(own, path)
        told = verdicts(path)
        same = sum(one == other for one, other in zip(expected, told, strict=False))
        failed |= gap > TOLERANCE or told != expected
        print(
            f"{name}: {n} sums compared, worst relative difference {gap:.1e}; "
            f"{same} of {len(expected)} verdicts the same; {taken / base_s:.1f} x the wall time of DuckDB",
            flush=True,
        )
    print(f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
