"""A history of contacts of any length, stored month by month: `python benchmarks/history.py ROWS STORE.duckdb`.

The same company as in `generate.py`, drawn by DuckDB itself: staged rows as the reading of files hands them over are
stored by `commit`, one batch a month, so that the store is what as many imports would have left. Text is left out: to
read a hundred million lines of it takes a quarter of an hour and says nothing about the store.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.generate import FIRST_DAY, KINDS, N_DAYS, OUTCOMES, SEED

DEFINITIONS = Path(__file__).parent / "definitions"
SOURCE = "bench_contacts"
TOUCHPOINTS = "telefono,email,portale,sito_web,app,agente,fiera,newsletter,chat,filiale,fax,social".split(",")
SEGMENTS = "strategici,pmi,officine,estero,rivenditori".split(",")
PHASES = "pre_acquisto,acquisto,post_acquisto".split(",")
_SHARES = {
    "segment": (SEGMENTS, (10, 35, 30, 15, 10)),
    "kind": (KINDS, (30, 12, 13, 12, 8, 8, 12, 5)),
    "outcome": (OUTCOMES, (80, 15, 5)),
}


@dataclass(frozen=True)
class Stretch:
    """Contacts `first` to `last` - 1 by number, spread evenly over `n_days` from a day on."""

    first: int
    last: int
    first_day: date
    n_days: int
    customers: int

    @property
    def n_rows(self) -> int:
        """Return how many contacts there are."""
        return self.last - self.first


def _drawn(names: Sequence[str], hundredths: Sequence[int], uniform: str) -> str:
    """Return one of the names, each as often as it says."""
    bounds = [sum(hundredths[: place + 1]) / 100 for place in range(len(names) - 1)]
    cases = " ".join(f"WHEN {uniform} < {bound} THEN '{name}'" for name, bound in zip(names, bounds, strict=False))
    return f"CASE {cases} ELSE '{names[-1]}' END"


def rows_of(stretch: Stretch) -> str:
    """Return the statement that draws a stretch as staged rows."""

    def uniform(number: int) -> str:
        return f"((hash(number + {(SEED + number) << 32}) >> 11) / {2**53}.0)"

    def one_of(names: Sequence[str], number: int) -> str:
        listed = ", ".join(f"'{name}'" for name in names)
        return f"([{listed}])[1 + CAST(floor({uniform(number)} * {len(names)}) AS INTEGER)]"

    words = {name: _drawn(*given, uniform(10 + place)) for place, (name, given) in enumerate(_SHARES.items())}
    return f"""
    WITH drawn AS (
        SELECT range AS number,
               DATE '{stretch.first_day}'
                   + CAST((range - {stretch.first}) * {stretch.n_days} // {stretch.n_rows} AS INTEGER) AS day
        FROM range({stretch.first}, {stretch.last})),
    lasted AS (
        SELECT *, least(7200.0, floor(exp(5.2 + 0.8 * sqrt(-2 * ln(1 - {uniform(1)})) * cos(2 * pi() * {uniform(2)}))))
                  AS duration_s
        FROM drawn)
    SELECT CAST(number - {stretch.first} + 1 AS INTEGER) AS line,
           'C' || lpad(CAST(number AS VARCHAR), 9, '0') AS external_id,
           CAST(day AS TIMESTAMP) AT TIME ZONE 'Europe/Rome' + to_seconds(28800 + floor({uniform(3)} * 39600))
               AS occurred_at,
           hash(CAST(floor(pow({uniform(4)}, 2) * {stretch.customers}) AS BIGINT)) AS customer,
           {one_of(TOUCHPOINTS, 5)} AS touchpoint, {words["segment"]} AS segment, {one_of(PHASES, 6)} AS phase,
           {words["kind"]} AS kind, 'inbound' AS direction, {words["outcome"]} AS outcome, duration_s,
           floor({uniform(7)} * 600) AS wait_s,
           CAST((150 + duration_s * 2 + floor({uniform(8)} * 400)) / 100 AS DECIMAL(18, 4)) AS cost_eur,
           {uniform(9)} < 0.7 AS resolved_first, day, hash(number) AS key_hash, hash(number + {1 << 50}) AS row_hash
    FROM lasted
    """


def months_of(rows: int, last_tenth: bool = False) -> list[Stretch]:
    """Cut a history, or its last tenth, into months; the days bear the same number of contacts."""
    first_day = FIRST_DAY.date()
    begin = 9 * N_DAYS // 10 if last_tenth else 0
    day, end, number = first_day + timedelta(days=begin), first_day + timedelta(days=N_DAYS), rows * begin // N_DAYS
    found = []
    while day < end:
        following = min(end, (day.replace(day=1) + timedelta(days=32)).replace(day=1))
        last = rows * (following - first_day).days // N_DAYS
        found.append(Stretch(number, last, day, (following - day).days, customers_of(rows)))
        day, number = following, last
    return found


def customers_of(rows: int) -> int:
    """Return how many customers a history knows."""
    return max(rows // 20, 100)


def stage(folder: Path, name: str, query: str) -> Path:
    """Write rows as a staged file."""
    import duckdb

    path = folder / f"{name}.parquet"
    with duckdb.connect(config={"memory_limit": "1GB"}) as con:
        con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def store(database: "Database", path: Path, name: str, n_rows: int) -> None:  # type: ignore[name-defined] # noqa: F821
    """Store a staged file as a batch of its own and remove it."""
    from ocem.domain.batch import Detected
    from ocem.domain.fact import FactKind
    from ocem.store.batch import Staged, commit

    commit(database, Staged(path, FactKind.INTERACTION, SOURCE, f"{name}.csv", name, Detected(), n_rows))
    path.unlink()


def build(target: Path, rows: int, last_tenth: bool = False) -> None:
    """Make the store of a history or of its last tenth; an existing one is kept."""
    from ocem.store.database import Database
    from ocem.store.definitions import load_folder
    from ocem.store.pseudonym import load_key

    if target.exists():
        return
    part = target.with_name(target.name + ".part")
    database = Database.open(part)
    load_key(database.folder, data_exist=False)
    load_folder(database, DEFINITIONS)
    for stretch in months_of(rows, last_tenth):
        began, used = time.perf_counter(), time.process_time()
        name = f"{stretch.first_day:%Y-%m}"
        path = stage(database.folder / "staging", name, rows_of(stretch))
        drawn = time.process_time()
        store(database, path, name, stretch.n_rows)
        print(
            f"  {name}: {stretch.n_rows:,} rows, {drawn - used:.1f} s drawn, "
            f"{time.process_time() - drawn:.1f} s stored, {time.perf_counter() - began:.1f} s in all, "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB",
            flush=True,
        )
    database.close()
    part.rename(target)


if __name__ == "__main__":
    build(Path(sys.argv[2]), int(sys.argv[1]))
    print(json.dumps({"store": sys.argv[2]}))
