"""What is read of a clock without care has one meaning, the engine's; only the hours around a change need care."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from ocem.intake.plain_date import _CARE, _DAY, FIRST, clock_of


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"])
def test_moments_that_need_no_care_are_one_instant(zone: str) -> None:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    clock = clock_of(con, zone)
    rng = np.random.default_rng(3)
    day = np.repeat(np.unique(np.clip(clock.days[:, None] + [-1, 0, 1], 0, len(clock.ahead) - 1)), 40)
    second = rng.integers(0, _DAY, len(day))
    ahead = clock.at(day, second)
    con.register("moments", pa.table({"number": np.arange(len(day)), "second": day * _DAY + second}))
    at = f"TIMESTAMP '{FIRST}-01-01' + to_seconds(second)"
    others = ", ".join(
        f"timezone('{zone}', timezone('{zone}', {at}) + to_minutes({minutes})) = {at} AS beside_{n}"
        for n, minutes in enumerate((-1440, -60, -30, 30, 60, 1440))
    )
    found = con.sql(
        f"SELECT epoch_us({at}) - epoch_us(timezone('{zone}', {at})) AS ahead, "
        f"timezone('{zone}', timezone('{zone}', {at})) = {at} AS exists, {others} FROM moments ORDER BY number"
    ).fetchnumpy()
    calm = ahead != _CARE
    assert (ahead[calm] == found["ahead"][calm]).all()
    assert found["exists"][calm].all(), "a moment that no clock showed needs care"
    twice = np.logical_or.reduce([found[f"beside_{n}"] for n in range(6)])
    assert twice.any() and not twice[calm].any(), "a moment that a clock showed twice needs care"


def test_only_the_night_of_a_change_needs_care() -> None:
    con = duckdb.connect()
    clock = clock_of(con, "Europe/Rome")
    (changed,) = np.nonzero(clock.ahead == _CARE)
    years = clock.ahead.size / 365.25
    assert len(changed) < 2.5 * years
    summer = changed[-4:]
    for hour, needs in ((0, None), (2, True), (5, False), (12, False), (23, False)):
        found = clock.at(summer, np.full(len(summer), hour * 3600 + 1800)) == _CARE
        assert needs is None or (found == needs).all(), hour
