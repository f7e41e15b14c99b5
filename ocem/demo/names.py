"""Invented customers: names from common words, addresses that cannot exist, numbers nobody has.

They are in the exports so that an import can show that it does not keep them.
"""

import numpy as np
import pyarrow as pa

_KINDS = ("Officina", "Officine", "Meccanica", "Torneria", "Carpenteria", "Fonderia", "Stampi", "Utensileria")
_NAMES = (
    "Ferrè", "Galbiàti", "Morè", "Sant'Anna", "Valsécchi", "Pontenuovo", "Collalto", "Roccabianca", "Fontanà",
    "Belmonte", "Cà Nova", "Pradello", "Torrazza", "Castelforte", "Serravalle", "Montegrò", "Lagorà", "Acquachiara",
    "Pietralunga", "Campolongo", "Vallefredda", "Borgonuovo", "San Nicolò", "Cittadella",
)  # fmt: skip
_FORMS = ("S.r.l.", "S.p.A.", "& C. S.n.c.", "Soc. Coop.", "& Figli, S.a.s.")


def customer_code(number: int) -> str:
    """Return the code that all systems use for a customer.

    >>> customer_code(42)
    'C00042'
    """
    return f"C{number:05d}"


class Customers:
    """Codes, names, e-mail addresses and phone numbers of customers 0 .. n - 1 (0 is nobody)."""

    def __init__(self, n: int) -> None:
        self.codes = pa.array([customer_code(i) for i in range(n)])
        self.names = pa.array([_name(i) for i in range(n)])
        self.emails = pa.array([f"acquisti@c{i:05d}.example" for i in range(n)])
        self.phones = pa.array([f"+39 0000 {i:06d}" for i in range(n)])

    def take(self, what: str, numbers: np.ndarray) -> pa.Array:
        """Return one text a row: ``codes``, ``names``, ``emails`` or ``phones``."""
        return getattr(self, what).take(pa.array(numbers))


def _name(number: int) -> str:
    kind = _KINDS[number % len(_KINDS)]
    name = _NAMES[(number // len(_KINDS)) % len(_NAMES)]
    return f"{kind} {name} {_FORMS[(number * 7 // 3) % len(_FORMS)]}"
