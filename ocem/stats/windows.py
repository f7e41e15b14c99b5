"""Which weeks are compared with which."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.design import SHORTEST_AFTER
from ocem.stats.result import Refusal

Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Windows:
    """Which weeks teach the model (`before`), which are judged (`after`); the others stay out of the fit.

    Boolean arrays (T,). Weeks between go-live and `after` are the wash-in.
    """

    before: Bools
    after: Bools
    go_live_week: int

    @property
    def wash_in(self) -> int:
        """Weeks between the go-live and the first judged one."""
        return int(np.flatnonzero(self.after)[0]) - self.go_live_week

    @property
    def fitted(self) -> Bools:
        """Weeks of either window."""
        return self.before | self.after


def find_windows(
    weeks: Days, baseline: Bools, evaluation: Bools, history: Bools | None, go_live_week: int
) -> Windows | Refusal:
    """Put the windows together, or say why they cannot be compared.

    Raises
    ------
    StatsInputError
        If the masks differ in length from the weeks, or the weeks are not seven days apart.
    """
    masks = [np.asarray(m, dtype=bool) for m in (baseline, evaluation, baseline if history is None else history)]
    if any(m.shape != weeks.shape for m in masks):
        raise StatsInputError(
            N_("{weeks} weeks, but windows of {lengths}."), weeks=len(weeks), lengths=[len(m) for m in masks]
        )
    if (np.diff(weeks.astype("datetime64[D]")) != np.timedelta64(7, "D")).any():
        raise StatsInputError(N_("Weeks must be consecutive and seven days apart."))
    before, after, past = masks
    if not 0 < go_live_week < len(weeks):
        return Refusal("go_live_outside_data", {"week": go_live_week, "weeks": len(weeks)})
    if not before.any():
        return Refusal("no_baseline")
    if not after.any():
        return Refusal("too_few_weeks_after", {"weeks": 0, "needed": SHORTEST_AFTER, "closed": 0})
    if (before & after).any():
        return Refusal("overlapping_windows", {"weeks": int((before & after).sum())})
    if before[go_live_week:].any() or after[:go_live_week].any():
        return Refusal("windows_on_wrong_side")
    past = past & (np.arange(len(weeks)) < go_live_week)
    return Windows(before | past, after, go_live_week)
