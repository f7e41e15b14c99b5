"""How a published method is to be computed: what a table in a file and its rows as arrays both carry."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MethodOptions:
    """Options of the methods of published studies; most methods use few of them."""

    log: bool = False
    """Take logarithms of the value."""
    errors: str = ""
    """Kind of standard error; empty: what the method usually has."""
    lags: int | None = None
    """Lags of Newey-West errors; None: by the length of the series."""
    kernel: str = "bartlett"
    small: bool = False
    """Small-sample factor n / (n - p)."""
    draws: int = 200
    """Random placebos, drawn after R's ``set.seed`` of `seed`."""
    seed: int = 12345
    season: int = 12
    """Periods in a year."""
    population: float | None = None
    """Units in the whole population, for ratios of a sample."""
    threshold: float | None = None
    """Smallest change worth having."""
    confidence: float = 0.95

    def options(self) -> dict[str, Any]:
        """Return the options alone, to hand them on."""
        return {item.name: getattr(self, item.name) for item in fields(MethodOptions)}
