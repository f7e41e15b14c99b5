"""Who gets in, with which roles and rows: every reading of what a provider says."""

import pytest

from ocem.domain.access import Grant, Person, Role
from ocem.errors import WrongUse
from ocem.ui import signin
from ocem.ui.signin import Closed, resolve

NOW = 1_800_000_000.0
CLAIMS = {
    "is_logged_in": True,
    "email": "Anna@Example.com",
    "aud": "ocem",
    "iat": NOW - 60,
    "exp": NOW + 3600,
    "roles": ["ocem-analyst"],
}
RULES = {"roles": {"director": ["Vendite-Direzione"]}, "segment_claim": "segments"}


def read(rules=None, granted=None, **changed):
    return resolve(CLAIMS | changed, rules or {}, "ocem", granted, NOW)


def test_a_role_of_the_claim_lets_in():
    assert read() == Person("anna@example.com", frozenset({Role.ANALYST}))


def test_the_providers_own_names_of_roles_are_mapped():
    assert read(RULES | {"segment_claim": ""}, roles=["Vendite-Direzione"]).roles == {Role.DIRECTOR}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_logged_in": False}, "signed_out"),
        ({"exp": NOW - 3600}, "expired"),
        ({"aud": "another"}, "wrong_audience"),
        ({"aud": ["another", "third"]}, "wrong_audience"),
        ({"iat": NOW + 3600}, "not_yet"),
        ({"nbf": NOW + 3600}, "not_yet"),
        ({"roles": []}, "no_role"),
        ({"roles": None}, "no_role"),
        ({"roles": ["somebody"]}, "no_role"),
        ({"email_verified": False}, "unverified"),
    ],
)
def test_everybody_else_stays_outside_for_a_stated_reason(changed, code):
    assert read(**changed) == Closed(code, "" if code == "signed_out" else "anna@example.com")


@pytest.mark.parametrize("changed", [{"exp": NOW - 30}, {"iat": NOW + 30}])
def test_clocks_may_differ_by_two_minutes(changed):
    assert isinstance(read(**changed), Person)


def test_an_audience_of_several_applications_with_ours_among_them_is_ours():
    assert isinstance(read(aud=["another", "ocem"]), Person)


def test_rows_come_from_the_claim_named_in_the_rules():
    found = read(RULES, roles=["Vendite-Direzione"], segments=["pmi"])
    assert found.grant == Grant(segments=frozenset({"pmi"}))


def test_a_claim_of_rows_that_is_missing_shows_no_row():
    assert read(RULES, roles=["Vendite-Direzione"]).grant == Grant(segments=frozenset())


def test_rows_granted_here_are_in_force_before_those_of_the_claim():
    granted = Person("anna@example.com", frozenset({Role.REVIEWER}), Grant(segments=frozenset({"officine"})))
    found = read(RULES, granted, roles=[], segments=["pmi"])
    assert (found.roles, found.grant.segments) == ({Role.REVIEWER}, {"officine"})


@pytest.mark.parametrize("claim", ["preferred_username", "sub", "name"])
def test_nobody_becomes_an_administrator_by_a_name_of_their_own_choice(claim):
    rules = {"administrators": ["anna@example.com"]}
    found = read(rules, email=None, **{claim: "anna@example.com"})
    assert found.roles == {Role.ANALYST} if claim == "sub" else found == Closed("signed_out")
    by_claim = read(rules | {"person_claim": claim}, email=None, **{claim: "Anna@example.com"})
    assert by_claim.roles == {Role.ADMINISTRATOR, Role.ANALYST}, "unless the rules name that claim"


def test_an_administrator_named_in_the_rules_gets_in_without_a_claim():
    assert read({"administrators": ["anna@example.com"]}, roles=[]).roles == {Role.ADMINISTRATOR}


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_without_sign_in_this_machine_is_served(address):
    signin.check_address(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", None])
def test_without_sign_in_other_machines_are_not(address, monkeypatch):
    monkeypatch.delenv(signin.UNSIGNED_ELSEWHERE, raising=False)
    with pytest.raises(WrongUse):
        signin.check_address(address)


def test_somebody_may_decide_to_serve_others_without_sign_in(monkeypatch):
    monkeypatch.setenv(signin.UNSIGNED_ELSEWHERE, "1")
    signin.check_address("0.0.0.0")
