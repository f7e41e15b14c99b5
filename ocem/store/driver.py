"""Questionnaires with their answers side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.domain.perimeter import Perimeter
from ocem.store.database import Cursor


@dataclass(frozen=True)
class Questionnaires:
    """One row a customer's questionnaire: answers (n, n_questions), NaN where not given, and who answered (n,)."""

    questions: tuple[str, ...]
    answers: NDArray[np.float64]
    respondent: NDArray[np.int64]


def questionnaires(con: Cursor, perimeter: Perimeter) -> Questionnaires:
    """Return the questionnaires of customers in a perimeter; a row of a file is one questionnaire."""
    parts = ["voice = 'customer'", "score IS NOT NULL"]
    values: list[object] = []
    for dimension in ("touchpoint", "phase", "segment"):
        keys = perimeter.members(dimension)
        if keys is not None:
            parts.append(f"list_contains(?, {dimension})")
            values.append(list(keys))
    where = " AND ".join(parts)
    questions = [
        str(row[0])
        for row in con.execute(
            f"SELECT question FROM response_shown WHERE {where} GROUP BY question "
            "ORDER BY count(*) DESC, question LIMIT 16",
            values,
        ).fetchall()
    ]
    if not questions:
        return Questionnaires((), np.zeros((0, 0)), np.zeros(0, dtype=np.int64))
    columns = ", ".join(f"max(CASE WHEN question = ? THEN score END) AS q{i}" for i in range(len(questions)))
    found = con.execute(
        "SELECT CAST(coalesce(any_value(customer), hash(batch_id, line)) % 9223372036854775807 AS BIGINT) "
        f"AS respondent, {columns} FROM response_shown WHERE {where} GROUP BY batch_id, line ORDER BY batch_id, line",
        [*questions, *values],
    ).fetchnumpy()
    answers: list[NDArray[np.float64]] = [
        np.ma.filled(np.ma.asarray(found[f"q{i}"], dtype=float), np.nan) for i in range(len(questions))
    ]
    return Questionnaires(tuple(questions), np.column_stack(answers), np.asarray(found["respondent"], dtype=np.int64))
