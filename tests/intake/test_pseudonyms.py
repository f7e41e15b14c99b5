"""The key of the pseudonyms: made once, kept private, never silently replaced."""

import hashlib
import hmac
from pathlib import Path

import pytest

from ocem.errors import Refused
from ocem.intake.pseudonym import load_key, pseudonym


def test_the_key_is_made_at_first_use_for_its_owner_only(tmp_path: Path) -> None:
    key = load_key(tmp_path, data_exist=False)
    path = tmp_path / "secret.key"
    assert (len(key), path.read_bytes(), path.stat().st_mode & 0o777) == (32, key, 0o600)
    assert load_key(tmp_path, data_exist=True) == key


def test_a_lost_key_is_not_replaced_while_data_exist(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="missing"):
        load_key(tmp_path, data_exist=True)
    assert not (tmp_path / "secret.key").exists()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_key(tmp_path, data_exist=False)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        load_key(tmp_path, data_exist=True)


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    load_key(tmp_path, data_exist=False)
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(Refused, match="damaged"):
        load_key(tmp_path, data_exist=True)


def test_a_pseudonym_is_the_beginning_of_the_keyed_hash() -> None:
    key = bytes(range(32))
    whole = hmac.new(key, b"c-0017", hashlib.sha256).digest()
    assert pseudonym(key, " C-0017 ") == int.from_bytes(whole[:8], "big")
