"""The administrator's page: roles and rows, the log of acts, requests of customers, and how long data are kept."""

from datetime import date

import streamlit as st

from ocem.domain.access import Grant, Person, Right, Role
from ocem.domain.perimeter import Dimension
from ocem.errors import OcemError
from ocem.evaluation import people as use
from ocem.reporting import people as said
from ocem.store.retention import LONGEST_MONTHS, Kept
from ocem.ui import editing, markup, signin
from ocem.ui.database import database
from ocem.ui.guard import Here

SHOWN_ENTRIES = 500
NEW = ""


def show(here: Here) -> None:
    """Draw the page."""
    _ = here.words.gettext
    markup.head(_("People and log"), _("who may do what, what was done, and what is kept"))
    if not here.may(Right.ADMINISTER):
        st.info(_("Only an administrator sees who may do what."), icon=":material/lock:")
        return
    grants, acts, requests, privacy = st.tabs(
        [_("Roles and rows"), _("Log"), _("Requests of customers"), _("What is kept")]
    )
    with grants:
        _show_grants(here)
    with acts:
        _show_log(here)
    with requests:
        _show_requests(here)
    with privacy:
        _show_privacy(here)


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
    granted = {item.name: item for item in use.granted(database())}
    if granted:
        st.dataframe(
            said.grants(here.words, list(granted.values()), here.names),
            hide_index=True,
            width="stretch",
            alt=_("Roles and rows"),
        )
    chosen = NEW
    if granted:
        chosen = st.selectbox(
            _("Person"), [NEW, *granted], format_func=lambda name: name or _("New person"), key="grant_person"
        )
    _grant_form(here, granted.get(chosen or NEW))
    with st.expander(_("What each role may do"), icon=":material/help:"):
        st.dataframe(said.rights(here.words), hide_index=True, width="stretch", alt=_("What each role may do"))


def _grant_form(here: Here, known: Person | None) -> None:
    _ = here.words.gettext
    spot = known.name if known else "new"
    editing.opened("person_grant", known.name if known else None)
    rows = known.grant if known else Grant()
    with st.container(border=True, key="panel_grant"), st.form(f"grant_{spot}", border=False):
        email = known.name if known else st.text_input(_("E-mail address"), key="grant_email", max_chars=254)
        roles = st.multiselect(
            _("Roles"),
            list(Role),
            default=sorted(known.roles) if known else [],
            format_func=lambda role: said.role(here.words, role),
            key=f"grant_roles_{spot}",
            placeholder=_("Choose"),
        )
        left, right = st.columns(2, gap="small")
        with left:
            segments = _members(here, Dimension.SEGMENT, _("Segments (empty: all)"), rows.segments, spot)
        with right:
            touchpoints = _members(here, Dimension.TOUCHPOINT, _("Touchpoints (empty: all)"), rows.touchpoints, spot)
        if not roles and known:
            st.caption(_("Without a role the person does not get in."))
        sent = st.form_submit_button(_("Grant"), type="primary")
    if not sent:
        return
    name = (email or "").strip().casefold()
    if "@" not in name:
        st.error(_("Write the e-mail address with which the person signs in."), icon=":material/block:")
        return
    who = Person(name, frozenset(roles), Grant(frozenset(segments) or None, frozenset(touchpoints) or None))
    try:
        with editing.unchanged(here, "person_grant", name):
            use.grant(database(), who)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.rerun()


def _members(here: Here, dimension: Dimension, label: str, granted: frozenset[str] | None, spot: str) -> list[str]:
    """Ask for members; one that was granted and exists no longer stays on offer, so that it is not lost silently."""
    keys = [item.key for item in here.members(dimension)]
    return st.multiselect(
        label,
        [*keys, *sorted((granted or frozenset()) - set(keys))],
        default=sorted(granted or ()),
        format_func=lambda key: here.names.member(dimension, key),
        key=f"grant_{dimension}_{spot}",
        placeholder=here.words.gettext("All"),
    )


def _show_log(here: Here) -> None:
    _ = here.words.gettext
    found = use.acts(database(), SHOWN_ENTRIES)
    if found.broken_at is None:
        last = found.entries[0].hash[:16] if found.entries else "-"
        st.success(_("The log is intact. Seal of the last entry: {hash}", hash=last), icon=":material/verified:")
    else:
        st.error(_("The audit log was changed at entry {n}.", n=found.broken_at), icon=":material/gpp_bad:")
    if not found.entries:
        st.caption(_("Nothing was done yet."))
        return
    table = said.log(here.words, found.entries)
    st.dataframe(table, hide_index=True, width="stretch", height=460, alt=_("Log"))
    st.download_button(
        _("Download the log"), said.as_csv(table), file_name="ocem-log.csv", mime="text/csv", on_click=_note_log
    )


def _note_log() -> None:
    use.note_export(database(), "log")


def _show_requests(here: Here) -> None:
    _ = here.words.gettext
    st.write(
        _(
            "A customer may ask what is stored, or to be taken out. Taking out removes the pseudonym, the record "
            "numbers and the comments; totals stay as they were. It cannot be undone."
        )
    )
    code = st.text_input(_("Customer, as written in the exports"), key="customer_code").strip()
    asked = st.button(_("Show what is stored"), disabled=not code)
    sure = st.checkbox(_("The request was checked: take this customer out"), disabled=not code)
    erase = st.button(_("Take out"), disabled=not (code and sure), type="primary")
    if not (asked or erase):
        return
    try:
        if erase:
            done = use.forget_customer(database(), code)
            st.success(
                _(
                    "Taken out: {rows} rows emptied, none left. Entry {entry} of the log is the proof.",
                    rows=sum(done.rows.values()),
                    entry=done.entry,
                )
            )
            return
        found = use.about_customer(database(), code)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    if not found:
        st.info(_("Nothing is stored about this customer."))
        return
    for table, rows in found.items():
        st.subheader(said.table_name(here.words, table))
        st.dataframe(said.records(rows), hide_index=True, width="stretch", alt=said.table_name(here.words, table))
    st.download_button(
        _("Download what is stored"), said.as_json(found), file_name="ocem-customer.json", mime="application/json",
        on_click="ignore",
    )  # fmt: skip


def _show_privacy(here: Here) -> None:
    _ = here.words.gettext
    found = use.privacy(database())
    left, right = st.columns(2, gap="medium")
    with left:
        _show_retention(here, found)
    with right:
        _show_names(here, found)
        _show_key(here, found)


def _show_retention(here: Here, found: use.Privacy) -> None:
    _ = here.words.gettext
    st.subheader(_("How long data may lead back to somebody"))
    st.caption(
        _(
            "After so many months facts lose the customer, the record number and the comment; every total stays. "
            "Uploaded files and copies are deleted. Empty: for ever. Applied once a day."
        )
    )
    with st.form("retention", border=True):
        columns = st.columns(2, gap="small")
        asked = {
            kind: columns[number % 2].number_input(
                said.kept(here.words, kind), 1, LONGEST_MONTHS, found.months.get(kind), step=1, key=f"keep_{kind}",
                placeholder=_("for ever"),
            )
            for number, kind in enumerate(Kept)
        }  # fmt: skip
        sent = st.form_submit_button(_("Save the months"), type="primary")
    if sent:
        try:
            for kind, months in asked.items():
                if (months or None) != found.months.get(kind):
                    use.keep_for(database(), kind, int(months) if months else None)
        except OcemError as error:
            st.error(here.words.error(error), icon=":material/block:")
            return
        st.rerun()
    sure = st.checkbox(_("Take away now what is older; it cannot be undone"), disabled=not found.months)
    if st.button(_("Apply now"), disabled=not (found.months and sure)):
        removed = use.apply_retention(database(), date.today())
        st.success(said.removed(here.words, removed), icon=":material/check:")


def _show_names(here: Here, found: use.Privacy) -> None:
    _ = here.words.gettext
    st.subheader(_("Names in comments"))
    st.caption(
        _(
            "Comments lose e-mail addresses, telephone numbers and names as they come in. Give the names of your "
            "customer file to find those too: only their pseudonyms are kept."
        )
    )
    if found.names:
        st.write(
            here.words.ngettext("{n} form of a name is looked for.", "{n} forms of names are looked for.", found.names)
        )
    text = st.text_area(_("Names, one a line"), key="screened_names", height=110, max_chars=2_000_000)
    if st.button(_("Look for these names"), disabled=not (text or "").strip()):
        try:
            done = use.screen_texts(database(), text)
        except OcemError as error:
            st.error(here.words.error(error), icon=":material/block:")
            return
        changed = here.words.ngettext("{n} stored comment changed.", "{n} stored comments changed.", done.comments)
        st.success(changed, icon=":material/check:")


def _show_key(here: Here, found: use.Privacy) -> None:
    _ = here.words.gettext
    st.subheader(_("Key of the pseudonyms"))
    st.caption(
        _(
            "A new key changes every pseudonym; stored and new data still join. Copy secret.key to its safe place "
            "afterwards. Keys so far: {n}.",
            n=found.generation,
        )
    )
    sure = st.checkbox(_("Put a new key in force"), key="sure_key")
    if st.button(_("Change the key"), disabled=not sure):
        try:
            done = use.rotate_key(database())
        except OcemError as error:
            st.error(here.words.error(error), icon=":material/block:")
            return
        changed = here.words.ngettext("{n} pseudonym changed.", "{n} pseudonyms changed.", done.changed)
        st.success(changed, icon=":material/check:")
