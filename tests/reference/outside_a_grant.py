"""Random people against random rows and questions: python -m tests.reference.outside_a_grant [ROWS] [QUESTIONS].

ROWS tries count the rows of a table or view as somebody with a random grant, against the rows of that grant; QUESTIONS
tries ask a use case that a page asks, with random filters, of two companies that differ outside the grant only. As many
ask through the answers that pages keep, right after somebody who sees all asked the same. Then every command that reads
is given, and everything exported, for the narrow grant in both companies. Ends with status 1 when a row from outside is
seen.
"""

import random
import re
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ocem.cli import remote
from ocem.cli.main import parser
from ocem.domain.access import Person, Role
from ocem.errors import OcemError
from ocem.evaluation import journey
from ocem.store import access
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.ui.database import answer as kept_answer
from tests.evaluation import grant_files, grant_world
from tests.evaluation.grant_world import ANNA
from tests.evaluation.test_grant import outside, without_stamps

WHOLE = Person("carla@example.com", frozenset(Role))
COMMANDS = (
    "objectives", "kpis", "imports", "check", "compare", "compare --by segment", "compare --by cell --kpi all",
    "people", "audit", "about 7", "retention", "links", "displacement", "review", "alerts", "voices", "restitution",
    "roi", "maturity", "perimeter", "roadmap", "engine status", "digest --to anna@example.com --dry-run",
)  # fmt: skip

STAMPS = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
"""When a file was imported."""


def through_kept_answers(database: Database, name: str, seed: int) -> str:
    """Return what a page tells Anna where the answer to somebody who sees all is kept already."""
    told = {}
    for who in (WHOLE, ANNA):
        rng, found = random.Random(f"{name} {seed}"), []
        with access.acting(who):
            for given, named in grant_world.arguments(name, rng, database):
                use_case = grant_world.function(name)
                try:
                    found.append(repr(kept_answer(database, database.data_version(), use_case, given, named)))
                except OcemError as error:
                    found.append(f"{type(error).__name__} {error}")
        told[who.name] = "\n".join(found)
    return told[ANNA.name]


def command(database: Database, line: str) -> str:
    """Return what a command that reads says to Anna."""
    with access.acting(ANNA):
        said = repr(remote.answer(database, parser().parse_args, line.split(), database.folder))
    return STAMPS.sub("", said)


def taken_out(database: Database) -> str:
    """Return the text in the bytes of every file and message that Anna can take out."""
    with access.acting(ANNA):
        found = list(grant_files.taken_out(database, database.folder / "exports" / "anna"))
    return "\n".join(f"{name} {text}" for name, text in found)


def differing(companies: list[Database], ask: Callable[[Database], str]) -> bool:
    """Say whether a question has another answer where only what lies outside the grant is another."""
    one, other = (without_stamps(ask(item)) for item in companies)
    return one != other


def main(rows: int, questions: int) -> int:
    """Run all series and print what they found."""
    with tempfile.TemporaryDirectory() as home:
        companies = []
        for changed in (1, 3):
            database = Database.open(Path(home) / str(changed) / "ocem.duckdb")
            ensure_starter(database)
            grant_world.build(database, changed)
            journey.journeys(database)
            companies.append(database)
        found = outside(companies[0], rows)
        print(
            f"{rows} tries on tables and views: {len(found)} with a row from outside", *found[:10], sep="\n", flush=True
        )
        names, leaks = sorted(grant_world.asked_by_pages()), set()
        series: dict[str, Callable[..., str]] = {
            "questions of pages": grant_world.answer,
            "questions through kept answers": through_kept_answers,
        }
        for label, ask in series.items():
            rng, found_here = random.Random(1), set()
            for _ in range(questions):
                name, seed = rng.choice(names), rng.randrange(1_000_000)
                if differing(companies, partial(ask, name=name, seed=seed)):
                    found_here.add(f"{name} {seed}")
            said = sorted(found_here)[:10]
            print(f"{questions} {label}: {len(found_here)} with an answer from outside", *said, sep="\n", flush=True)
            leaks |= found_here
        wrong = {line for line in COMMANDS if differing(companies, partial(command, line=line))}
        print(f"{len(COMMANDS)} commands: {len(wrong)} with an answer from outside", *sorted(wrong), sep="\n")
        export = differing(companies, taken_out)
        print(f"every file and message: {'a row' if export else 'nothing'} from outside")
        for database in companies:
            database.close()
    return 1 if found or leaks or wrong or export else 0


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (*sys.argv[1:], *("10000", "300")[len(sys.argv) - 1 :]))))
