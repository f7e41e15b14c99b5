"""The delimiter of exports that nobody has read before: a decimal comma cuts a semicolon file evenly too."""

import random

import pytest

from ocem.intake.dialect import find_delimiter
from ocem.intake.layout import Wanted

TEXTS = ("Canale", "Cliente", "Provincia", "Esito", "Nota", "Agente", "Settore")


def export(delimiter: str, n_texts: int, decimals: str, dates: bool, n_rows: int = 40) -> list[str]:
    """Write an export with a code, perhaps a day, some texts and one amount."""
    rng = random.Random(n_texts)
    names = ["Numero", *(["Data"] if dates else []), *TEXTS[:n_texts], "Importo"]
    lines = [delimiter.join(names)]
    for i in range(n_rows):
        day = [f"{1 + i % 28:02d}/03/2026"] if dates else []
        texts = [f"{name} {rng.randint(1, 9)}" for name in TEXTS[:n_texts]]
        lines.append(delimiter.join([f"O{i}", *day, *texts, f"{rng.randint(10, 999)}{decimals}{i % 100:02d}"]))
    return lines


@pytest.mark.parametrize("dates", [True, False])
@pytest.mark.parametrize("n_texts", range(len(TEXTS) + 1))
@pytest.mark.parametrize(("delimiter", "decimals"), [(";", ","), (";", "."), (",", "."), ("\t", ","), ("|", ",")])
def test_the_decimal_mark_is_not_taken_for_the_delimiter(
    delimiter: str, decimals: str, n_texts: int, dates: bool
) -> None:
    assert find_delimiter(export(delimiter, n_texts, decimals, dates), Wanted()) == delimiter


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_lists_inside_a_cell_are_not_taken_for_columns(delimiter: str) -> None:
    inner = "," if delimiter == ";" else ";"
    lines = [delimiter.join(("ID", "Tag", "Data"))]
    lines += [delimiter.join((f"N{i}", f"rosso{inner}blu{inner}verde", f"{i:02d}/01/2026")) for i in range(1, 29)]
    assert find_delimiter(lines, Wanted()) == delimiter
