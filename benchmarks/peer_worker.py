"""One contender in a process of its own: ``peer_worker.py KIND PATH``, a question a line, a number of rows a line.

A question with ``?`` behind it is answered with the rows themselves, as JSON. Kinds: ``duckdb`` (SQL on base rows),
``pandas`` and ``polars`` (frame kept in memory; polars also ``polars_scan``, from Parquet), ``ours`` (the program's own
functions over its sums, nothing kept from one question to the next), ``ours_kept`` (weekly sums by cell kept in memory
for the data as they are, as its pages do; the answer worked out each time).
"""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peer_questions import AFTER, BEFORE, CUT, END, FIRST, FIVE, KPIS, SEGMENT, SQL, named

ORDERS = ("ordine", "riordino")
Ask = Callable[[str], list]


def duckdb_rows(path: str) -> Ask:
    """Answer with SQL over the plain table."""
    import duckdb

    con = duckdb.connect(path, read_only=True)
    return lambda question: con.cursor().execute(SQL[question]).fetchall()


def pandas_frame(path: str) -> Ask:
    """Answer from a frame in memory, texts as categories."""
    import pandas as pd

    frame = pd.read_parquet(path)
    for name in ("touchpoint", "segment", "phase", "kind", "outcome"):
        frame[name] = frame[name].astype("category")

    def sums(part: "pd.DataFrame", keys: list) -> "pd.DataFrame":
        told = part.assign(
            complaint=part.kind == "reclamo",
            order=part.kind.isin(ORDERS),
            reorder=part.kind == "riordino",
            abandoned=part.outcome == "abbandonato",
        )
        found = told.groupby(keys, observed=True).agg(
            n=("ts", "size"), resolved=("resolved", "sum"), duration=("duration_s", "mean"), wait=("wait_s", "mean"),
            cost=("cost_eur", "mean"), total=("cost_eur", "sum"), complaint=("complaint", "sum"),
            abandoned=("abandoned", "sum"), self_service=("self_service", "sum"), order=("order", "sum"),
            reorder=("reorder", "sum"),
        )  # fmt: skip
        for name in ("resolved", "complaint", "abandoned", "self_service"):
            found[name] = found[name] / found.n
        found["per_order"], found["cost_per_order"] = found.n / found.order, found.total / found.order
        found["reorder"] = found.reorder / found.order
        return found

    def ask(question: str) -> list:
        if question == "q1":
            part = frame[(frame.segment == SEGMENT) & (frame.ts >= BEFORE) & (frame.ts < AFTER)]
            period = (part.ts >= CUT).map({True: "after", False: "before"}).rename("period")
            found = sums(part, [part.touchpoint, period])[["resolved", "duration", "cost", "complaint", "per_order"]]
            return [[*key, *values] for key, values in zip(found.index, found.to_numpy().tolist(), strict=True)]
        part = frame[(frame.ts >= FIRST) & (frame.ts < END)]
        days = part.ts.dt.floor("D")
        found = sums(part, [(days - pd.to_timedelta(days.dt.day_of_week, unit="D")).rename("week")])
        columns = ["n", "resolved", "duration", "wait", "cost", "total", "complaint", "abandoned", "self_service"]
        columns += ["per_order", "cost_per_order", "reorder"]
        return [
            [str(key), *values] for key, values in zip(found.index, found[columns].to_numpy().tolist(), strict=True)
        ]

    return ask


def polars_rows(path: str, lazy: bool) -> Ask:
    """Answer from a frame in memory, or from the file each time."""
    import polars as pl

    source = pl.scan_parquet(path)
    frame = source if lazy else source.collect().lazy()
    order = pl.col("kind").is_in(ORDERS)
    kpi = {
        "contacts": pl.len(),
        "first_contact_resolution": pl.col("resolved").sum() / pl.len(),
        "handling_time": pl.col("duration_s").mean(),
        "waiting_time": pl.col("wait_s").mean(),
        "contact_cost": pl.col("cost_eur").mean(),
        "total_cost": pl.col("cost_eur").sum(),
        "complaint_share": (pl.col("kind") == "reclamo").sum() / pl.len(),
        "abandoned_share": (pl.col("outcome") == "abbandonato").sum() / pl.len(),
        "self_service_share": pl.col("self_service").sum() / pl.len(),
        "contacts_per_order": pl.len() / order.sum(),
        "cost_per_order": pl.col("cost_eur").sum() / order.sum(),
        "reorder_share": (pl.col("kind") == "riordino").sum() / order.sum(),
    }

    def between(first: str, end: str) -> "pl.Expr":
        low, high = (pl.lit(day).str.to_datetime() for day in (first, end))
        return (pl.col("ts") >= low) & (pl.col("ts") < high)

    def ask(question: str) -> list:
        if question == "q1":
            part = frame.filter((pl.col("segment") == SEGMENT) & between(BEFORE, AFTER))
            after = (
                pl.when(pl.col("ts") >= pl.lit(CUT).str.to_datetime()).then(pl.lit("after")).otherwise(pl.lit("before"))
            )
            found = part.group_by("touchpoint", after.alias("period")).agg(kpi[name].alias(name) for name in FIVE)
        else:
            week = pl.col("ts").dt.truncate("1w").alias("week")
            found = frame.filter(between(FIRST, END)).group_by(week).agg(kpi[name].alias(name) for name in KPIS)
        return found.collect(engine="streaming" if lazy else "auto").rows()

    return ask


def ours(path: str, kept: bool) -> Ask:
    """Answer with what the pages call."""
    from ocem.domain.perimeter import Perimeter
    from ocem.evaluation.question import TOTALS
    from ocem.evaluation.scope import by_member, scope_of
    from ocem.evaluation.window import whole_weeks
    from ocem.store.database import Database
    from ocem.store.kpi import numbered_kpis
    from ocem.store.series import known_cubes, weekly_cubes
    from ocem.store.signal import weekly_totals

    database = Database.open(Path(path))
    one_day = timedelta(days=1)
    before, cut, after, first, end = (date.fromisoformat(day) for day in (BEFORE, CUT, AFTER, FIRST, END))
    inside = Perimeter(segments=(SEGMENT,))
    with database.cursor() as con:
        numbered = {kpi.key: (number, kpi) for number, kpi in numbered_kpis(con)}

    def cubes(names: Iterable[str], since: date, until: date, only: tuple[str, ...] | None = None) -> dict:
        numbers = tuple(numbered[name][0] for name in names)
        if kept:
            return known_cubes(database, numbers, since, until)
        with database.cursor() as con:
            return weekly_cubes(con, numbers, since, until, only)

    def by_week() -> list:
        sums = {}
        if kept:
            read = cubes(KPIS, first, end - one_day)
            sums = {
                number: {name: values.sum(axis=0) for name, values in one.sums.items()} for number, one in read.items()
            }
            weeks = next(iter(read.values())).weeks
        else:
            with database.cursor() as con:
                found = weekly_totals(con, first, end - one_day)
            sums, weeks = found.by_kpi, found.weeks
        columns = []
        for name in KPIS:
            number, kpi = numbered[name]
            above, below = sums[number]["numerator"], sums[number]["denominator"]
            columns.append((above if kpi.kind in TOTALS else above / below).tolist())
        return [[str(week), *values] for week, *values in zip(weeks, *columns, strict=True)]

    def by_touchpoint() -> list:
        read = cubes(FIVE, before, after - one_day, (SEGMENT,))
        told: dict[tuple[str, str], list[float]] = {}
        for name in FIVE:
            number, kpi = numbered[name]
            cube = read[number]
            keys, sums = by_member(cube, "touchpoint", scope_of(cube, kpi, inside))
            for period, days in (("before", (before, cut - one_day)), ("after", (cut, after - one_day))):
                weeks = whole_weeks(cube.weeks, *days)
                values = sums["numerator"][:, weeks].sum(axis=1) / sums["denominator"][:, weeks].sum(axis=1)
                for key, value in zip(keys, values.tolist(), strict=True):
                    told.setdefault((key, period), []).append(value)
        return [[*key, *values] for key, values in told.items()]

    return lambda question: by_touchpoint() if question == "q1" else by_week()


KINDS: dict[str, Callable[[str], Ask]] = {
    "duckdb": duckdb_rows,
    "pandas": pandas_frame,
    "polars": lambda path: polars_rows(path, lazy=False),
    "polars_scan": lambda path: polars_rows(path, lazy=True),
    "ours": lambda path: ours(path, kept=False),
    "ours_kept": lambda path: ours(path, kept=True),
}


def main() -> None:
    """Answer until nothing more is asked."""
    ask = KINDS[sys.argv[1]](sys.argv[2])
    print("ready", flush=True)
    for line in sys.stdin:
        question = line.strip()
        rows = ask(question.rstrip("?"))
        print(json.dumps(named(question[:2], rows)) if question.endswith("?") else len(rows), flush=True)


if __name__ == "__main__":
    main()
