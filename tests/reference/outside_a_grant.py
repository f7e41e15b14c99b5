"""Random people against random rows and questions: python -m tests.reference.outside_a_grant [ROWS] [QUESTIONS].

ROWS tries count the rows of a table or view as somebody with a random grant, against the rows of that grant; QUESTIONS
tries ask a use case that a page asks, with random filters, of two companies that differ outside the grant only. Ends
with status 1 when a row from outside is seen.
"""

import random
import sys
import tempfile
from pathlib import Path

from ocem.evaluation import journey
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation import grant_world
from tests.evaluation.test_grant import outside, without_stamps


def main(rows: int, questions: int) -> int:
    """Run both series and print what they found."""
    with tempfile.TemporaryDirectory() as home:
        companies = []
        for differing in (1, 3):
            database = Database.open(Path(home) / str(differing) / "ocem.duckdb")
            ensure_starter(database)
            grant_world.build(database, differing)
            journey.journeys(database)
            companies.append(database)
        found = outside(companies[0], rows)
        print(
            f"{rows} tries on tables and views: {len(found)} with a row from outside", *found[:10], sep="\n", flush=True
        )
        names = sorted(grant_world.asked_by_pages())
        rng, leaks = random.Random(1), set()
        for _ in range(questions):
            name, seed = rng.choice(names), rng.randrange(1_000_000)
            one, other = (without_stamps(grant_world.answer(item, name, seed)) for item in companies)
            if one != other:
                leaks.add(f"{name} {seed}")
        print(
            f"{questions} questions of pages: {len(leaks)} with an answer from outside", *sorted(leaks)[:10], sep="\n"
        )
        for database in companies:
            database.close()
    return 1 if found or leaks else 0


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (*sys.argv[1:], *("10000", "300")[len(sys.argv) - 1 :]))))
