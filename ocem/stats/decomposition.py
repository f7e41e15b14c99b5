"""A change of a ratio of sums, split exactly into what its parts did (rate) and how their weights moved (mix)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """The change of a whole and its parts, k of them: ``change == mix.sum() + rate.sum()`` to rounding.

    `before` and `after` are the whole's values; `part_before` and `part_after` (k,) the parts' own, NaN where a part
    has none; `weight_before` and `weight_after` (k,) their shares of the denominator.
    """

    before: float
    after: float
    mix: Floats
    rate: Floats
    part_before: Floats
    part_after: Floats
    weight_before: Floats
    weight_after: Floats

    @property
    def change(self) -> float:
        """Value after minus value before."""
        return self.after - self.before


def split_ratio(numerator: Floats, denominator: Floats) -> Split:
    """Split the change of sum over sum into mix and rate, part by part.

    With weights w (shares of the denominator), parts' values r and the whole's value R, before and after:
    ``rate_i = (w0 + w1) / 2 * (r1 - r0)`` and ``mix_i = (w1 - w0) * ((r0 + r1) / 2 - (R0 + R1) / 2)``. Both add up to
    the change of the whole with nothing left over. A part that is there in one window only has no change of its own:
    all it brings is mix.

    Parameters
    ----------
    numerator, denominator : array (k, 2)
        Sums of k parts before and after; a denominator of 0 means that the part is not there.

    Raises
    ------
    StatsInputError
        If a window has no denominator at all, or a part has a numerator over nothing.

    References
    ----------
    Kitagawa (1955), J. Am. Stat. Assoc. 50, 1168-1194.

    Examples
    --------
    Two segments, 100 customers each, satisfied 50 and 90; later 150 and 50, both one point worse:

    >>> found = split_ratio(np.array([[50.0, 73.5], [90.0, 44.5]]), np.array([[100.0, 150.0], [100.0, 50.0]]))
    >>> [round(float(x), 4) for x in (found.change, found.rate.sum(), found.mix.sum())]
    [-0.11, -0.01, -0.1]
    """
    above, below = _checked(numerator), _checked(denominator)
    total = below.sum(axis=0)
    if not (total > 0).all():
        raise StatsInputError(N_("A ratio over a sum of 0 has no value."))
    if bool(np.any((below == 0) & (above != 0))) or bool(np.any(below < 0)):
        raise StatsInputError(N_("A part has a numerator but no denominator; split it as a sum instead."))
    there = below > 0
    own = np.divide(above, below, out=np.full(above.shape, np.nan), where=there)
    filled = np.where(there, own, own[:, ::-1])
    filled = np.nan_to_num(filled)
    weight, whole = below / total, above.sum(axis=0) / total
    rate = weight.mean(axis=1) * (filled[:, 1] - filled[:, 0])
    mix = (weight[:, 1] - weight[:, 0]) * (filled.mean(axis=1) - whole.mean())
    return Split(float(whole[0]), float(whole[1]), mix, rate, own[:, 0], own[:, 1], weight[:, 0], weight[:, 1])


def split_sum(numerator: Floats, divisor: Floats) -> Split:
    """Split the change of a sum over something common to all parts (weeks, orders of the whole): no mix, only parts.

    Parameters
    ----------
    numerator : array (k, 2)
        Sums of k parts before and after.
    divisor : array (2,)
        What both windows are divided by, above 0.

    Examples
    --------
    >>> found = split_sum(np.array([[100.0, 90.0], [50.0, 80.0]]), np.array([10.0, 10.0]))
    >>> found.change, found.rate.tolist()
    (2.0, [-1.0, 3.0])
    """
    above, below = _checked(numerator), np.asarray(divisor, dtype=float)
    if below.shape != (2,) or not (below > 0).all():
        raise StatsInputError(N_("A ratio over a sum of 0 has no value."))
    own = above / below
    whole = own.sum(axis=0)
    size = np.abs(above).sum(axis=0)
    share = np.divide(np.abs(above), size, out=np.zeros(above.shape), where=size > 0)
    nothing = np.zeros(len(above))
    return Split(
        float(whole[0]), float(whole[1]), nothing, own[:, 1] - own[:, 0], own[:, 0], own[:, 1], share[:, 0], share[:, 1]
    )


def disagrees(split: Split) -> bool:
    """Say whether parts and whole disagree: the whole moves one way, all its parts that were there twice the other.

    This is Simpson's paradox: the whole's direction comes from the mix alone.

    Examples
    --------
    >>> up = split_ratio(np.array([[60.0, 18.0], [30.0, 150.0]]), np.array([[100.0, 28.0], [100.0, 400.0]]))
    >>> up.change < 0, disagrees(up)
    (True, True)
    """
    moved = (split.part_after - split.part_before)[np.isfinite(split.part_before) & np.isfinite(split.part_after)]
    if len(moved) < 2 or split.change == 0:
        return False
    against = np.sign(moved) == -np.sign(split.change)
    return bool(against.all())


def _checked(values: Floats) -> Floats:
    found = np.asarray(values, dtype=float)
    if found.ndim != 2 or found.shape[1] != 2 or not np.isfinite(found).all() or not len(found):
        raise StatsInputError(N_("A change is split from finite sums of at least one part in two windows."))
    return found
