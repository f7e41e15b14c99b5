"""The administrator's page: roles and rows, the log of acts, requests of customers."""

import streamlit as st

from ocem.domain.access import Grant, Person, Right, Role
from ocem.domain.perimeter import Dimension
from ocem.errors import OcemError
from ocem.intake.pseudonym import load_key, pseudonym
from ocem.reporting import people as said
from ocem.store import audit, erasure
from ocem.store import person as person_store
from ocem.ui import signin
from ocem.ui.database import database
from ocem.ui.guard import Here

SHOWN_ENTRIES = 500


def show(here: Here) -> None:
    """Draw the page."""
    _ = here.words.gettext
    st.title(_("People and log"))
    if not here.may(Right.ADMINISTER):
        st.info(_("Only an administrator sees who may do what."), icon=":material/lock:")
        return
    grants, acts, requests = st.tabs([_("Roles and rows"), _("Log"), _("Requests of customers")])
    with grants:
        _show_grants(here)
    with acts:
        _show_log(here)
    with requests:
        _show_requests(here)


def _show_grants(here: Here) -> None:
    _ = here.words.gettext
    if not signin.configured():
        st.info(
            _(
                "This installation serves one person without sign-in. Roles come into force once sign-in is configured "
                "(docs/operations.md)."
            ),
            icon=":material/info:",
        )
    with database().cursor() as con:
        granted = person_store.granted(con)
    if granted:
        st.dataframe(said.grants(here.words, granted, here.names), hide_index=True, width="stretch")
    with st.form("grant", border=True, clear_on_submit=False):
        email = st.text_input(_("E-mail address"), key="grant_email")
        roles = st.multiselect(
            _("Roles"),
            list(Role),
            format_func=lambda role: said.role(here.words, role),
            key="grant_roles",
            placeholder=_("Choose"),
        )
        segments = st.multiselect(
            _("Segments (empty: all)"),
            [item.key for item in here.members(Dimension.SEGMENT)],
            format_func=lambda key: here.names.member(Dimension.SEGMENT, key),
            key="grant_segments",
            placeholder=_("All"),
        )
        touchpoints = st.multiselect(
            _("Touchpoints (empty: all)"),
            [item.key for item in here.members(Dimension.TOUCHPOINT)],
            format_func=lambda key: here.names.member(Dimension.TOUCHPOINT, key),
            key="grant_touchpoints",
            placeholder=_("All"),
        )
        sent = st.form_submit_button(_("Grant"), type="primary")
    if not sent:
        return
    if "@" not in email:
        st.error(_("Write the e-mail address with which the person signs in."))
        return
    rows = Grant(frozenset(segments) or None, frozenset(touchpoints) or None)
    try:
        person_store.grant(database(), Person(email.strip().casefold(), frozenset(roles), rows))
    except OcemError as error:
        st.error(here.words.error(error))
        return
    st.rerun()


def _show_log(here: Here) -> None:
    _ = here.words.gettext
    with database().cursor() as con:
        found, place = audit.entries(con, SHOWN_ENTRIES), audit.broken(con)
    if place is None:
        last = found[0].hash[:16] if found else "-"
        st.success(_("The log is intact. Seal of the last entry: {hash}", hash=last), icon=":material/verified:")
    else:
        st.error(_("The audit log was changed at entry {n}.", n=place), icon=":material/gpp_bad:")
    if found:
        table = said.log(here.words, found)
        st.dataframe(table, hide_index=True, width="stretch", height=460)
        st.download_button(
            _("Download the log"), said.as_csv(table), file_name="ocem-log.csv", mime="text/csv", on_click="ignore"
        )
    else:
        st.caption(_("Nothing was done yet."))


def _show_requests(here: Here) -> None:
    _ = here.words.gettext
    st.write(
        _(
            "A customer may ask what is stored, or to be taken out. Taking out removes the pseudonym, the record "
            "numbers and the comments; totals stay as they were. It cannot be undone."
        )
    )
    code = st.text_input(_("Customer, as written in the exports"), key="customer_code").strip()
    left, right = st.columns(2)
    asked = left.button(_("Show what is stored"), disabled=not code, width="stretch")
    sure = right.checkbox(_("The request was checked: take this customer out"), disabled=not code)
    erase = right.button(_("Take out"), disabled=not (code and sure), type="primary", width="stretch")
    if not (asked or erase):
        return
    try:
        customer = pseudonym(load_key(database().folder, data_exist=True), code)
        if erase:
            done = erasure.forget(database(), customer)
            st.success(
                _(
                    "Taken out: {rows} rows emptied, none left. Entry {entry} of the log is the proof.",
                    rows=sum(done.rows.values()),
                    entry=done.entry,
                )
            )
            return
        found = erasure.about(database(), customer)
    except OcemError as error:
        st.error(here.words.error(error))
        return
    if not found:
        st.info(_("Nothing is stored about this customer."))
    for table, rows in found.items():
        st.subheader(said.table_name(here.words, table))
        st.dataframe(said.records(rows), hide_index=True, width="stretch")
