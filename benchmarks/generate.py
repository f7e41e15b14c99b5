"""A contact-centre export of any size: `python benchmarks/generate.py ROWS FILE.csv`; the same rows every time.

Semicolons, decimal comma, day first, in the order of time: what Italian systems write. The file is made from a
seeded stream a million rows at a time, so that ten million need no more memory than one.
"""

import sys
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

SEED = 20261122
CHUNK = 1_000_000
FIRST_DAY = datetime(2024, 1, 1)
N_DAYS = 1000

TOUCHPOINTS = tuple("Telefono,E-mail,Portale,Sito web,App,Agente,Fiera,Newsletter,Chat,Filiale,Fax,Social".split(","))
SEGMENTS = ("Strategici", "PMI", "Officine", "Estero", "Rivenditori")
PHASES = ("Pre-acquisto", "Acquisto", "Post-acquisto")
KINDS = ("informazione", "ordine", "riordino", "preventivo", "sollecito", "reclamo", "assistenza", "reso")
OUTCOMES = ("risolto", "in corso", "abbandonato")

TO_TEXT = """
    SELECT 'C' || lpad(CAST(number AS VARCHAR), 9, '0') AS "ID contatto",
           strftime(make_timestamp(moment * 1000000), '%d/%m/%Y %H:%M:%S') AS "Data e ora",
           'K' || lpad(CAST(customer AS VARCHAR), 7, '0') AS "Codice cliente",
           touchpoint AS "Canale", segment AS "Segmento", phase AS "Fase", kind AS "Tipo", outcome AS "Esito",
           duration AS "Durata (s)", wait AS "Attesa (s)",
           CAST(cents // 100 AS VARCHAR) || ',' || lpad(CAST(cents % 100 AS VARCHAR), 2, '0') AS "Costo (EUR)",
           CASE WHEN resolved THEN 'S' ELSE 'N' END AS "Risolto al primo contatto"
    FROM chunk ORDER BY moment, number
"""


def chunk_of(first: int, n_rows: int, total: int, first_day: int = 0, n_days: int = N_DAYS) -> pa.Table:
    """Rows `first` to `first + n_rows` of `total`, spread evenly over `n_days` from `first_day` on."""
    rng = np.random.default_rng([SEED, first, total, first_day])
    number = np.arange(first, first + n_rows)
    day = first_day + number * n_days // total
    second = rng.integers(8 * 3600, 19 * 3600, n_rows)
    start = int((FIRST_DAY - datetime(1970, 1, 1)).total_seconds())
    kind = rng.choice(len(KINDS), n_rows, p=[0.3, 0.12, 0.13, 0.12, 0.08, 0.08, 0.12, 0.05])
    duration = np.minimum(np.exp(rng.normal(5.2, 0.8, n_rows)), 7200).astype(np.int64)

    def words(choices: tuple[str, ...], picks: np.ndarray) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(picks.astype(np.int32)), pa.array(choices)).cast(pa.string())

    return pa.table(
        {
            "number": number,
            "moment": start + day * 86400 + second,
            "customer": (rng.random(n_rows) ** 2 * max(total // 20, 100)).astype(np.int64),
            "touchpoint": words(TOUCHPOINTS, rng.integers(0, len(TOUCHPOINTS), n_rows)),
            "segment": words(SEGMENTS, rng.choice(len(SEGMENTS), n_rows, p=[0.1, 0.35, 0.3, 0.15, 0.1])),
            "phase": words(PHASES, rng.integers(0, len(PHASES), n_rows)),
            "kind": words(KINDS, kind),
            "outcome": words(OUTCOMES, rng.choice(len(OUTCOMES), n_rows, p=[0.8, 0.15, 0.05])),
            "duration": duration,
            "wait": rng.integers(0, 600, n_rows),
            "cents": 150 + duration * 2 + rng.integers(0, 400, n_rows),
            "resolved": rng.random(n_rows) < 0.7,
        }
    )


def write_export(target: Path, n_rows: int, first: int = 0, first_day: int = 0, n_days: int = N_DAYS) -> Path:
    """Write an export of `n_rows` contacts numbered from `first`; an existing file of that name is kept."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part, piece = target.with_suffix(".part"), target.with_suffix(".piece")
    con = duckdb.connect()
    with part.open("wb") as file:
        for start in range(0, n_rows, CHUNK):
            size = min(CHUNK, n_rows - start)
            con.register("chunk", chunk_of(start, size, n_rows, first_day, n_days))
            header = "true" if start == 0 else "false"
            text = TO_TEXT.replace("CAST(number AS VARCHAR)", f"CAST(number + {first} AS VARCHAR)")
            con.execute(f"COPY ({text}) TO '{piece}' (FORMAT csv, DELIMITER ';', HEADER {header})")
            file.write(piece.read_bytes())
            con.unregister("chunk")
    con.close()
    piece.unlink()
    part.rename(target)
    return target


if __name__ == "__main__":
    print(write_export(Path(sys.argv[2]), int(sys.argv[1])))
