"""Methods of published studies for panels: mixes of other units, staggered go-lives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ocem.errors import N_, WrongUse
from ocem.evaluation.published_rows import Bools, Floats, Published, Rows, codes_of, from_log
from ocem.stats.result import Grade


@dataclass(frozen=True)
class _Panel:
    """The treated series (T,), the others (k, T), the number of periods before, and masks over the periods."""

    treated: Floats
    others: Floats
    before: int
    learned: Bools
    judged: Bools


def _panel(rows: Rows) -> _Panel:
    if rows.others is not None:
        order = np.argsort(rows.periods, kind="stable")
        masks = rows.learned[order], rows.judged[order]
        return _Panel(rows.values[0][order], rows.others[order].T, int((~rows.after).sum()), *masks)
    units = codes_of(rows.unit)
    if units is None:
        raise WrongUse(N_("This method needs --{option}."), option="others")
    wide = np.full((units.max() + 1, rows.periods.max() + 1), np.nan)
    wide[units, rows.periods] = rows.values[0]
    seen = np.isfinite(wide).any(axis=0)
    inside = np.unique(units[rows.inside])
    learned, judged = np.zeros(wide.shape[1], bool), np.zeros(wide.shape[1], bool)
    learned[rows.periods[rows.learned]] = True
    judged[rows.periods[rows.judged]] = True
    treated, others = wide[inside].mean(axis=0), np.delete(wide, inside, axis=0)
    before = int((np.flatnonzero(seen) < rows.start).sum())
    return _Panel(treated[seen], others[:, seen], before, learned[seen], judged[seen])


def synthetic(kind: str) -> Callable[[Rows], Published]:
    """A mix of other units, by name: block means, synthetic control, synthetic difference."""

    def run(rows: Rows) -> Published:
        from ocem.stats import synthetic

        panel = _panel(rows)
        treated, others, before = panel.treated, panel.others, panel.before
        if kind == "block":
            return _gap(synthetic.block_difference(treated, others, before), treated, before, {})
        if kind == "difference":
            effect = synthetic.synthetic_difference(treated, others, before).effect
            error: dict[str, float] = {}
            if rows.errors == "placebo":
                placebos = synthetic.placebo_effects(others, before)
                drawn = synthetic.drawn_error(placebos, rows.draws, rows.seed)
                error = {"standard_error": drawn, "standard_error_all_units": float(np.std(placebos))}
            return _gap(effect, treated, before, error)
        if rows.mix is None:
            weights = synthetic.simplex_weights(treated[panel.learned], others[:, panel.learned].T)
        else:
            weights = np.array(rows.mix)
        gaps = treated - weights @ others
        judged = panel.judged & (np.arange(len(treated)) >= before)
        figures = {"last_gap": float(gaps[-1]), "relative": float((gaps / (treated - gaps))[judged].mean())}
        names = rows.other_names or tuple(str(i) for i in range(len(weights)))
        figures |= {f"weight {name}": float(w) for name, w in zip(names, weights, strict=True) if w > 5e-4}
        return _gap(float(gaps[judged].mean()), treated, before, figures)

    return run


def _gap(effect: float, treated: Floats, before: int, figures: dict[str, float]) -> Published:
    values = float(treated[:before].mean()), float(treated[before:].mean())
    return Published(effect, None, None, None, None, *values, True, Grade.C, figures)


def group_time(rows: Rows) -> Published:
    """Effects by cohort and period, and their averages."""
    from scipy.special import ndtr, ndtri

    from ocem.stats.group_time import group_time_effects

    units = codes_of(rows.unit)
    if units is None or rows.cohort is None:
        raise WrongUse(N_("This method needs --{option}."), option="unit, --cohort")
    periods = np.unique(rows.periods)
    wide = np.full((units.max() + 1, len(periods)), np.nan)
    wide[units, np.searchsorted(periods, rows.periods)] = rows.value
    cohort = np.full(len(wide), np.nan)
    cohort[units] = rows.cohort
    whole = np.isfinite(wide).all(axis=1)
    found = group_time_effects(wide[whole], np.nan_to_num(cohort[whole]), periods.astype(float))
    figures: dict[str, float] = {}
    for name in ("simple", "group", "dynamic", "calendar"):
        average = getattr(found, name)
        figures |= {name: average.effect, f"{name}_se": average.error}
    figures |= {f"event {e}": average.effect for e, average in found.by_length.items()}
    figures |= {f"event {e} se": average.error for e, average in found.by_length.items()}
    figures |= {f"att {item.cohort:g} {item.period:g}": item.effect for item in found.effects}
    figures["units"] = float(found.n_units)
    half = float(ndtri(0.5 + rows.confidence / 2.0)) * found.simple.error
    p_value = 2.0 * float(ndtr(-abs(found.simple.effect) / found.simple.error)) if found.simple.error > 0 else None
    effect = found.simple.effect
    relative = from_log(effect, half) if rows.log else None
    return Published(effect, effect - half, effect + half, p_value, relative, None, None, True, Grade.B, figures)
