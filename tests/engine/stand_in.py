"""An engine's client that is none: the same orders, answered by DuckDB over the same Parquet, with faults on request.

Quick tests talk to it in place of a real engine; what it cannot stand for (dialect, network) the slow ones try.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import duckdb


class Client:
    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.con = duckdb.connect()

    def open(self, address: str) -> dict[str, Any]:
        if self.fault == "slow":
            time.sleep(60)
        return {"version": "3.4.1" if self.fault == "version" else "4.2.0"}

    def read(self, name: str, folder: str) -> dict[str, Any]:
        if not Path(folder).is_dir():
            return {"error": {"code": "absent", "text": "nothing there"}}
        self.con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder}/**/*.parquet')")
        found = self.con.execute(f"DESCRIBE {name}").fetchall()
        return {"columns": {row[0]: row[1].lower() for row in found if self.fault != "no day" or row[0] != "day"}}

    def text(self, file: str) -> dict[str, Any]:
        return {"text": Path(file).read_text() if Path(file).is_file() else None}

    def table(self, name: str, columns: dict[str, str], rows: list[list[Any]]) -> dict[str, Any]:
        self.con.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
        self.con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in columns)})", rows)
        return {}

    def view(self, name: str, sql: str) -> dict[str, Any]:
        self.con.execute(f"CREATE VIEW {name} AS {sql}")
        return {}

    def fetch(self, sql: str, values: list[Any], file: str) -> dict[str, Any]:
        if self.fault == "refuses":
            return {"error": {"code": "query", "text": "no such function"}}
        if "touchpoint_id" in sql:
            if self.fault == "dies":
                os._exit(9)
            sql = {
                "partial": f"SELECT * FROM ({sql}) WHERE day <> (SELECT min(day) FROM ({sql}))",
                "other day": f"SELECT * REPLACE (DATE '1999-12-31' AS day) FROM ({sql})",
                "twice": f"SELECT * FROM ({sql}) UNION ALL SELECT * FROM ({sql})",
                "nan": f"SELECT * REPLACE (CAST('nan' AS DOUBLE) AS a_1) FROM ({sql})",
                "column missing": f"SELECT * EXCLUDE (a_1) FROM ({sql})",
                "texts": f"SELECT * REPLACE (CAST(a_1 AS VARCHAR) AS a_1) FROM ({sql})",
            }.get(self.fault, sql)
            values = values * sql.count("GROUP BY day, touchpoint_id")
        self.con.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)", values)
        return {"rows": 0}


def main() -> None:
    client = Client(sys.argv[1])
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(client, order.pop("do"))(**order)), flush=True)


if __name__ == "__main__":
    main()
