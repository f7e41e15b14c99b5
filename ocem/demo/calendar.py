"""The demo company's days: weekends, Italian holidays, bridges, August and Christmas closures, the yearly season."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

FIRST_DAY = date(2023, 11, 13)
LAST_DAY = date(2026, 11, 15)
N_DAYS = (LAST_DAY - FIRST_DAY).days + 1
N_WEEKS = N_DAYS // 7
SUNDAY = 6

WEEKDAYS: dict[str, tuple[float, ...]] = {
    "contact_center": (1.18, 1.06, 1.02, 1.00, 0.92, 0.08, 0.02),
    "email": (1.15, 1.05, 1.02, 1.00, 0.92, 0.14, 0.07),
    "chat": (1.12, 1.05, 1.02, 1.00, 0.94, 0.22, 0.12),
    "venditore": (1.00, 1.10, 1.10, 1.05, 0.85, 0.04, 0.01),
    "assistenza_tecnica": (1.12, 1.05, 1.00, 1.00, 0.93, 0.12, 0.03),
    "distributore": (1.05, 1.05, 1.02, 1.00, 0.90, 0.10, 0.01),
    "portale_riordini": (1.10, 1.05, 1.03, 1.00, 0.90, 0.25, 0.16),
    "sito_web": (1.10, 1.05, 1.03, 1.00, 0.90, 0.30, 0.22),
    "order": (1.12, 1.05, 1.02, 1.00, 0.90, 0.08, 0.04),
}
"""Weight of Monday to Sunday, by touchpoint and for orders."""

FAIR_WEEKS = (
    date(2024, 3, 6), date(2024, 10, 9), date(2025, 3, 5), date(2025, 10, 8), date(2026, 3, 4), date(2026, 10, 7),
)  # fmt: skip
"""First day of each four-day trade fair."""


@dataclass(frozen=True)
class Calendar:
    """One value a day, FIRST_DAY .. LAST_DAY."""

    days: tuple[date, ...]
    weekday: NDArray[np.int64]
    """0 = Monday; a public holiday counts as a Sunday."""
    openness: NDArray[np.float64]
    """How much of ordinary business goes on: 1 on a common day, 0.2 in the middle of August."""
    season: NDArray[np.float64]
    """Yearly wave on the scale of logarithms: high in autumn, low in summer."""
    years: NDArray[np.float64]
    """Years since FIRST_DAY."""
    fair: NDArray[np.float64]
    """1 on the days of a trade fair."""

    def level(self, profile: str, closure_power: float = 1.0) -> NDArray[np.float64]:
        """Return the weight of each day under a weekday profile; the mean over the three years is 1."""
        weight = np.array(WEEKDAYS[profile])[self.weekday] * self.openness**closure_power
        return np.asarray(weight / weight.mean())


def day_index(day: date) -> int:
    """Return the position of a day, 0 for FIRST_DAY.

    >>> day_index(date(2023, 11, 20))
    7
    """
    return (day - FIRST_DAY).days


def build_calendar() -> Calendar:
    """Lay out the three years of the demo company."""
    days = tuple(FIRST_DAY + timedelta(days=i) for i in range(N_DAYS))
    closed = _public_holidays()
    weekday = np.array([SUNDAY if day in closed else day.weekday() for day in days])
    openness = np.array([_openness(day, closed) for day in days])
    fair = np.zeros(N_DAYS)
    for first in FAIR_WEEKS:
        start = day_index(first)
        fair[start : start + 4] = 1.0
    of_year = np.array([day.timetuple().tm_yday for day in days])
    turn = 2 * np.pi / 365.25
    season = 0.11 * np.cos(turn * (of_year - 285)) + 0.04 * np.cos(2 * turn * (of_year - 100))
    return Calendar(days, weekday, openness, season, np.arange(N_DAYS) / 365.25, fair)


def _public_holidays() -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("IT", years=range(FIRST_DAY.year, LAST_DAY.year + 1)))


def _openness(day: date, closed: frozenset[date]) -> float:
    in_year = (day.month, day.day)
    if (8, 8) <= in_year <= (8, 23):
        return 0.22
    if in_year >= (12, 24) or in_year <= (1, 1):
        return 0.16
    if in_year <= (1, 6):
        return 0.35
    if day in closed:
        return 0.5
    if day.month == 8:
        return 0.62
    if _is_bridge(day, closed):
        return 0.6
    if (7, 25) <= in_year <= (7, 31) or in_year == (12, 23):
        return 0.88
    return 1.0


def _is_bridge(day: date, closed: frozenset[date]) -> bool:
    """Say whether a working day hangs alone between a holiday and a weekend."""
    yesterday, tomorrow = day - timedelta(days=1), day + timedelta(days=1)
    return (day.weekday() == 4 and yesterday in closed) or (day.weekday() == 0 and tomorrow in closed)
