"""Drivers: published shares, agreement with the definition, and intervals that know who answered."""

import csv
import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.driver import effect_with_memory, importance, lmg, relative_weights

CASES = Path(__file__).parents[3] / "shared" / "stats_cases"
SWISS = ("Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality")


def test_shares_of_the_swiss_fertility_data_are_the_published_ones() -> None:
    """Groemping (2006), J. Stat. Softw. 17(1), calc.relimp(type = "lmg")."""
    if not (CASES / "drivers_swiss.csv").exists():
        pytest.skip("no published series beside the project (drivers_swiss.csv)")
    cases = json.loads((CASES / "cases.json").read_text())["cases"]
    expected = next(case for case in cases if case["name"] == "drivers_lmg_swiss")["expected"]
    rows = list(csv.DictReader((CASES / "drivers_swiss.csv").read_text().splitlines()))
    table = np.array([[float(row[name]) for name in (*SWISS, "Fertility")] for row in rows])
    shares = lmg(np.cov(table.T))
    for name, share in zip(SWISS, shares, strict=True):
        assert share == pytest.approx(expected[name]["value"], abs=expected[name]["tol"])
    assert shares.sum() == pytest.approx(expected["R2"]["value"], abs=expected["R2"]["tol"])
    weights = relative_weights(np.cov(table.T))
    wanted = expected["relweight_Education"]
    assert weights[SWISS.index("Education")] == pytest.approx(wanted["value"], abs=wanted["tol"])


def test_a_share_is_the_mean_gain_over_all_orders_of_entry() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((200, 4)) @ rng.standard_normal((4, 4))
    c = np.cov(np.column_stack([x, x @ [1.0, 0.5, 0.0, -1.0] + rng.standard_normal(200)]).T)

    def r2(at: tuple[int, ...]) -> float:
        rows = list(at)
        return float(c[rows, -1] @ np.linalg.solve(c[np.ix_(rows, rows)], c[rows, -1]) / c[-1, -1]) if rows else 0.0

    expected = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        for place, i in enumerate(order):
            expected[i] += (r2(order[: place + 1]) - r2(order[:place])) / len(orders)
    np.testing.assert_allclose(lmg(c), expected, atol=1e-10)
    assert relative_weights(c).sum() == pytest.approx(r2((0, 1, 2, 3)))


def answers(n: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3))
    return x, 2 * x[:, 0] + x[:, 1] + rng.standard_normal(n)


def test_the_stronger_driver_comes_first_for_sure() -> None:
    """Shares of explained variance 4 to 1 to 0."""
    x, y = answers(600)
    found = importance(x, y, np.arange(600), n_resamples=200)
    assert found.share.argmax() == 0
    assert (found.rank_low[0], found.rank_high[0]) == (1, 1)
    assert found.part_low[0] < 0.8 < found.part_high[0]
    assert found.share.sum() == pytest.approx(found.r2)


def test_answers_of_the_same_person_count_as_one() -> None:
    """Each questionnaire is there four times: as one person's the interval stays, as four people's it would shrink."""
    x, y = answers(150)
    repeated_x, repeated_y = np.repeat(x, 4, axis=0), np.repeat(y, 4)
    honest = importance(repeated_x, repeated_y, np.repeat(np.arange(150), 4), n_resamples=300)
    naive = importance(repeated_x, repeated_y, np.arange(600), n_resamples=300)
    assert (honest.part_high - honest.part_low)[0] > 1.5 * (naive.part_high - naive.part_low)[0]


def test_too_few_answers_or_one_that_never_varies_are_refused() -> None:
    x, y = answers(60)
    with pytest.raises(StatsInputError):
        importance(x, y, np.arange(60))
    x, y = answers(200)
    x[:, 1] = 3.0
    with pytest.raises(StatsInputError):
        importance(x, y, np.arange(200))


def test_the_price_of_bluebird_crisps_moves_sales_as_published() -> None:
    """Cryer & Chan (2008), exhibits 11.18 and 11.20: -2.489 by least squares, -2.468 with errors MA(4).

    An AR(1) is another memory than theirs: the estimate must lie within one published error of 0.126, and be less sure.
    """
    path = CASES / "driver_bluebird.csv"
    if not path.exists():
        pytest.skip(f"no published series beside the project ({path.name})")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    price, sales = (np.array([float(row[name]) for row in rows]) for name in ("price", "log_sales"))
    found = effect_with_memory(price, sales)
    assert found.estimate == pytest.approx(-2.468, abs=0.126)
    assert found.low < -2.489 < found.high
    assert found.standard_error > 0.126


def test_an_effect_between_series_with_memory_is_covered() -> None:
    """95 of 100 nominally; 200 worlds of 100 weeks, fewer than 180 in one run of two thousand."""
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        noise = rng.standard_normal((2, 150))
        for t in range(1, 150):
            noise[:, t] += 0.6 * noise[:, t - 1]
        x, y = noise[0, 50:], 0.5 * noise[0, 50:] + noise[1, 50:]
        found = effect_with_memory(x, y)
        held += found.low <= 0.5 <= found.high
    assert held >= 180


def test_a_driver_that_never_varies_has_no_effect_to_tell() -> None:
    with pytest.raises(StatsInputError):
        effect_with_memory(np.ones(50), np.arange(50.0))
    with pytest.raises(StatsInputError):
        effect_with_memory(np.arange(8.0), np.arange(8.0))
