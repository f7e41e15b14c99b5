"""Who looks at a page: OpenID Connect through Streamlit's sign-in, or the one local person where none is configured.

Asked anew on every run and every fragment. Without `[auth]` in the secrets the app serves one person on this machine;
with it, nobody who is not signed in, whose sign-in has expired, was made out to another application or carries no role
gets further than the sign-in page.
"""

import ipaddress
import os
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ocem.domain.access import LOCAL, Grant, Person, Role
from ocem.errors import N_, WrongUse
from ocem.store import access
from ocem.store.database import Database

CLOCK_SKEW_S = 120
"""How far the provider's clock may be from ours."""
UNSIGNED_ELSEWHERE = "OCEM_ALLOW_UNSIGNED"
"""Set to 1 to serve other machines without sign-in, knowing what that means."""

LOOKED_UP_EVERY_S = 1.0
READ_EVERY_S = 5.0
_sections: dict[str, tuple[float, dict[str, Any]]] = {}
_known: ContextVar[tuple[tuple[Any, ...], float, Person] | None] = ContextVar("known", default=None)

GATES = {
    "signed_out": N_("Sign in to open the control room."),
    "expired": N_("Your sign-in has expired. Sign in again."),
    "wrong_audience": N_("This sign-in was made for another application. Sign in again."),
    "not_yet": N_("The sign-in lies in the future: the clock of this machine or of the provider is wrong."),
    "no_role": N_("You are signed in as {email}, without a role here. Ask an administrator for one."),
    "unverified": N_("The e-mail address {email} is not confirmed by your provider."),
}


@dataclass(frozen=True)
class Closed:
    """Why somebody does not get in: a key of `GATES` and its values."""

    code: str
    email: str = ""


def secrets_of(section: str) -> dict[str, Any]:
    """Return a section of the secrets as it was a few seconds ago at most; empty without one."""
    known = _sections.get(section)
    if known is not None and time.monotonic() - known[0] < READ_EVERY_S:
        return known[1]
    try:
        found = st.secrets.get(section)
    except FileNotFoundError:  # Streamlit's own error where there is no secrets file is one
        found = None
    told = dict(found.to_dict()) if found is not None else {}
    _sections[section] = (time.monotonic(), told)
    return told


def configured() -> bool:
    """Say whether people must sign in."""
    return bool(secrets_of("auth"))


def check_address(address: str | None) -> None:
    """Refuse to serve other machines without sign-in.

    Raises
    ------
    WrongUse
        If the address is not this machine's own and nobody has to sign in.
    """
    if configured() or os.environ.get(UNSIGNED_ELSEWHERE) == "1" or _loopback(address):
        return
    raise WrongUse(
        N_(
            "Without sign-in the app serves this machine only, and address {address} is open to others: "
            "configure [auth] in .streamlit/secrets.toml, listen on 127.0.0.1, or set {variable}=1 if a proxy "
            "signs people in."
        ),
        address=address or "0.0.0.0",
        variable=UNSIGNED_ELSEWHERE,
    )


def _loopback(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def resolve(
    claims: Mapping[str, Any], rules: Mapping[str, Any], client: str | None, granted: Person | None, now: float
) -> Person | Closed:
    """Turn what the provider says into a person with roles and rows, or say why not.

    Parameters
    ----------
    claims : mapping
        The ID token's claims as Streamlit hands them over.
    rules : mapping
        Section ``[access]`` of the secrets: ``role_claim``, ``roles`` (our role -> values of the claim),
        ``segment_claim``, ``touchpoint_claim``, ``person_claim``, ``administrators`` (as that claim names them).
    client : str, optional
        Our number at the provider; the token must be made out to it.
    granted : Person, optional
        What an administrator granted here; rows granted here are in force before the claims'.
    now : float
        Seconds since 1970.
    """
    known = name_of(claims, rules)
    email = known or str(claims.get("sub") or "").casefold()
    if not claims.get("is_logged_in") or not email:
        return Closed("signed_out")
    until, since = claims.get("exp"), claims.get("nbf", claims.get("iat"))
    if until is not None and float(until) < now - CLOCK_SKEW_S:
        return Closed("expired", email)
    if since is not None and float(since) > now + CLOCK_SKEW_S:
        return Closed("not_yet", email)
    audience = claims.get("aud")
    if client and audience is not None and client not in _list(audience):
        return Closed("wrong_audience", email)
    if claims.get("email_verified") is False:
        return Closed("unverified", email)
    claimed = set(_list(claims.get(str(rules.get("role_claim", "roles")))))
    mapped = {str(ours): set(_list(theirs)) for ours, theirs in dict(rules.get("roles", {})).items()}
    roles = {role for role in Role if claimed & mapped.get(role.value, {f"ocem-{role.value}"})}
    if known in {str(item).casefold() for item in _list(rules.get("administrators"))} - {""}:
        roles.add(Role.ADMINISTRATOR)
    if granted is not None:
        roles |= granted.roles
    if not roles:
        return Closed("no_role", email)
    rows = Grant(_claimed(claims, rules, "segment_claim"), _claimed(claims, rules, "touchpoint_claim"))
    if granted is not None:
        rows = Grant(
            rows.segments if granted.grant.segments is None else granted.grant.segments,
            rows.touchpoints if granted.grant.touchpoints is None else granted.grant.touchpoints,
        )
    return Person(email, frozenset(roles), rows)


def name_of(claims: Mapping[str, Any], rules: Mapping[str, Any]) -> str:
    """Return the name under which rights are granted to a person, empty where the provider gives none.

    The e-mail address unless the rules name another claim: people choose a ``preferred_username`` themselves, and
    could choose an administrator's.
    """
    return str(claims.get(str(rules.get("person_claim") or "email")) or "").casefold()


def _claimed(claims: Mapping[str, Any], rules: Mapping[str, Any], rule: str) -> frozenset[str] | None:
    """Return the members a claim names; a rule whose claim is missing grants none, no rule grants all."""
    return frozenset(_list(claims.get(str(rules[rule])))) if rules.get(rule) else None


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(item) for item in value]


def who(database: Database) -> Person | Closed:
    """Return who looks at the page of this run."""
    auth = secrets_of("auth")
    if not auth:
        return LOCAL
    claims, rules = dict(st.user.to_dict()), secrets_of("access")
    name = name_of(claims, rules)
    granted = _granted(database, name) if name else None
    return resolve(claims, rules, auth.get("client_id"), granted, time.time())


def _granted(database: Database, email: str) -> Person | None:
    from ocem.store.person import find

    return find(database, email)


def begin(database: Database) -> None:
    """Let the person of this run act; outside a run of a page, in the program's own tasks, nothing changes.

    Who that is is looked up once for the many questions of one run: again when the sign-in or the data, grants among
    them, are others, and after a second.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    asked = (context.session_id, dict(context.user_info), database.path, database.data_version())
    known = _known.get()
    now = time.monotonic()
    if known is None or known[0] != asked or now - known[1] > LOOKED_UP_EVERY_S:
        found = who(database)
        nobody = Person("", frozenset(), Grant(frozenset(), frozenset()))
        known = (asked, now, found if isinstance(found, Person) else nobody)
        _known.set(known)
    access.begin(known[2])
