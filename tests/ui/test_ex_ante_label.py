"""An objective whose before figures nobody froze in time says so wherever it is named with a verdict."""

import json

import numpy as np
import pytest

from ocem.cli.main import main
from ocem.evaluation.matrix import matrix
from ocem.evaluation.view import EVERYTHING
from ocem.i18n import Words
from ocem.reporting.matrix import matrix_picture
from ocem.ui.database import database
from tests.ui.reading import seen

pytestmark = pytest.mark.slow

LABEL = {"it": "nessun benchmark ex ante", "en": "no ex ante baseline"}


@pytest.mark.parametrize("lang", ["it", "en"])
def test_every_page_that_names_the_objective_says_that_it_was_never_frozen(home, visit, lang):
    """The small company's objective went live without being frozen."""
    for page, query in (
        ("control_room", {}),
        ("objectives", {}),
        ("objectives", {"objective": "riordini"}),
        ("perimeter", {"cell": "venditore.acquisto.pmi"}),
        ("initiatives", {"initiative": "portale"}),
    ):
        app = visit(page, lang=lang, **query)
        assert not app.exception
        assert LABEL[lang] in seen(app).lower(), (page, query)


@pytest.mark.parametrize("lang", ["it", "en"])
def test_the_matrix_says_it_for_every_cell_of_the_objective(home, visit, lang):
    visit("perimeter")
    found = matrix(database(), EVERYTHING)
    assert found.unfrozen == {"riordini"}
    picture = matrix_picture(Words(lang), found)
    says = np.array([LABEL[lang] in sentence for sentence in picture.sentences])
    [(_key, mask)] = found.objectives
    assert (says[picture.facts] == mask).all()


@pytest.mark.parametrize("lang", ["it", "en"])
def test_the_command_line_says_it_too(filled, lang, capsys):
    for command in (["objectives"], ["compare"], ["compare", "riordini"]):
        assert main(["--db", str(filled), "--lang", lang, *command]) == 0
        assert LABEL[lang] in capsys.readouterr().out.lower(), command
    assert main(["--db", str(filled), "--json", "objectives"]) == 0
    assert [item["benchmark"] for item in json.loads(capsys.readouterr().out)] == ["none"]
    assert main(["--db", str(filled), "--json", "roadmap"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert [item["baseline"] for item in row["objectives"]] == ["none"]
    assert main(["--db", str(filled), "--json", "compare"]) == 0
    assert all(item["frozen"] is False for item in json.loads(capsys.readouterr().out))
