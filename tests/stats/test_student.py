"""Tails of the t distribution from a table, against the library."""

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from ocem.stats.student import df_of_tails, student_below


@pytest.mark.parametrize("df", [3.0, 9.0, 58.0, 154.0, 900.0, 5000.0])
def test_the_table_says_what_the_library_says(df):
    x = np.concatenate([np.random.default_rng(1).standard_normal(2000) * 3, [0.0, 40.0, -40.0, 1e6]])
    found = student_below(x[:, None], np.array([df]))[:, 0]
    np.testing.assert_allclose(found, stdtr(df, x), rtol=0, atol=1e-11)
    central = np.abs(x) < 3
    np.testing.assert_allclose(found[central], stdtr(df, x)[central], rtol=1e-8)


def test_what_is_no_number_stays_none():
    assert np.isnan(student_below(np.array([[np.nan, 1.0]]), np.array([30.0, 30.0]))).tolist() == [[True, False]]


def test_degrees_of_freedom_come_back_from_their_tails():
    df = np.array([1.0, 1.3, 4.0, 20.0, 57.9, 400.0])
    ratio = stdtrit(df, 0.9975) / stdtrit(df, 0.975)
    np.testing.assert_allclose(df_of_tails(ratio, np.full(6, 500.0), 0.025, 0.0025), df, rtol=1e-9)


def test_degrees_of_freedom_stay_between_one_and_the_most():
    assert df_of_tails(np.array([1.0, 50.0]), np.array([58.0, 58.0]), 0.025, 0.0025).tolist() == [
        pytest.approx(58.0),
        pytest.approx(1.0),
    ]
