"""Plan or change an initiative: what, when, what it needs, what helps and hinders, who orchestrates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from ocem.domain.access import Right
from ocem.domain.initiative import (
    Force,
    ForceKind,
    ForceState,
    Initiative,
    Orchestration,
    SalesRole,
    Step,
    StepKind,
    StepState,
)
from ocem.domain.perimeter import Dimension
from ocem.errors import OcemError
from ocem.evaluation.initiative import save_initiative
from ocem.evaluation.objective import list_initiatives
from ocem.evaluation.perimeter import templates
from ocem.reporting import initiative as said
from ocem.store.definition.initiative import parse_initiative
from ocem.store.member import key_for
from ocem.ui import editing, go_live_rows, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here

Word = TypeVar("Word", bound=StrEnum)
EVERYONE = "*"
"""Stands for all segments without a line of their own; members' keys have letters only."""


def show(here: Here, known: Initiative | None, start: str | None = None) -> None:
    """Draw the form; `known` is the initiative to change, None a new one, `start` a worked example to begin with."""
    words = here.words
    _ = words.gettext
    editing.opened("initiative", known.key if known else None)
    shown = known or _example(here, start) or Initiative("", "", "", ())
    spot = known.key if known else f"new_{start or ''}"
    back = state.link(initiative=known.key) if known else state.link()
    page = navigation.page_of(words, "initiatives")
    st.page_link(page, label=_("Back"), icon=":material/arrow_back:", help="", query_params=back)
    markup.head(words.label(known) if known else _("New initiative"), _("plan"))
    with st.container(border=True, key="panel_what"):
        markup.section(_("What changes"))
        draft = _what(here, shown, spot)
    with st.container(border=True, key="panel_when"):
        markup.section(_("When it goes live"))
        st.caption(_("One day for all, or one for each segment or touchpoint where it starts in stages."))
        go_lives = go_live_rows.show(here, shown.go_lives, spot)
    with st.container(border=True, key="panel_steps"):
        markup.section(_("What it needs: preconditions, actions, new roles, training"))
        steps = _steps(here, shown.steps, spot)
    with st.container(border=True, key="panel_forces"):
        markup.section(_("Drivers and accelerators, inhibitors and barriers"))
        forces = _forces(here, shown.forces, spot)
    with st.container(border=True, key="panel_roles"):
        markup.section(_("Who orchestrates: the salesperson's role by segment"))
        roles = _roles(here, shown.sales_roles, spot)
    initiative = replace(
        draft,
        key=known.key if known else _new_key(draft.label_it),
        go_lives=go_lives,
        steps=steps,
        forces=forces,
        sales_roles=roles,
    )
    if st.button(_("Save"), type="primary", icon=":material/save:", key="save_initiative", **here.lock(Right.DEFINE)):
        _save(here, initiative)


def _save(here: Here, initiative: Initiative) -> None:
    try:
        with editing.unchanged(here, "initiative", initiative.key):
            saved = save_initiative(database(), initiative)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.switch_page(navigation.page_of(here.words, "initiatives"), query_params=state.link(initiative=saved.key))


def _new_key(label: str) -> str:
    taken = {item.key for item in ask(list_initiatives)}
    key = key_for(label or "initiative")
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, 1000))) if name not in taken)


def _example(here: Here, start: str | None) -> Initiative | None:
    """Return the initiative of a worked example in the reader's language, without a day."""
    found = next((item for item in templates() if item.key == start), None)
    if found is None or not found.initiative:
        return None
    lang = here.words.lang
    document: dict[str, Any] = dict(found.initiative)
    for name in ("step", "force"):
        document[name] = [dict(item) | {"text": item[f"text_{lang}"]} for item in document.get(name, ())]
    if document.get("touchpoint") not in {item.key for item in here.members(Dimension.TOUCHPOINT)}:
        document.pop("touchpoint", None)
    parsed = parse_initiative("", document | {"go_live": [{"day": date(2000, 1, 1)}]})
    return replace(parsed, go_lives=())


def _what(here: Here, known: Initiative, spot: str) -> Initiative:
    words = here.words
    _ = words.gettext
    left, right = st.columns(2, gap="medium")
    label_it = left.text_input(_("Name in Italian"), known.label_it, max_chars=80, key=f"initiative_it_{spot}")
    label_en = right.text_input(_("Name in English"), known.label_en, max_chars=80, key=f"initiative_en_{spot}")
    text_it = left.text_area(_("In Italian: what changes"), known.description_it, key=f"says_it_{spot}", height=80)
    text_en = right.text_area(_("In English: what changes"), known.description_en, key=f"says_en_{spot}", height=80)
    touchpoints = {member.key: words.label(member) for member in here.members(Dimension.TOUCHPOINT)}
    touchpoint = left.selectbox(
        _("At which touchpoint"),
        list(touchpoints),
        index=list(touchpoints).index(known.touchpoint) if known.touchpoint in touchpoints else None,
        format_func=touchpoints.__getitem__,
        placeholder=_("none"),
        key=f"at_{spot}",
    )
    owner = right.text_input(_("Owner"), known.owner, max_chars=80, key=f"initiative_owner_{spot}")
    return replace(
        known,
        label_it=label_it.strip(),
        label_en=label_en.strip() or label_it.strip(),
        description_it=text_it.strip(),
        description_en=text_en.strip() or text_it.strip(),
        touchpoint=touchpoint,
        owner=owner.strip(),
    )


def _table(
    rows: Sequence[dict[str, Any]], columns: dict[str, Any], spot: str, days: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Draw an editable table of rows; return its rows as they stand, those without a text left out."""
    frame = pd.DataFrame(list(rows), columns=list(columns))
    for name in days:
        frame[name] = pd.to_datetime(frame[name])
    edited = st.data_editor(
        frame, column_config=columns, num_rows="dynamic", hide_index=True, key=f"table_{spot}", placeholder=""
    )
    return [
        {name: None if value is None or value is pd.NaT or value != value else value for name, value in row.items()}
        for row in edited.to_dict("records")
    ]


def _options(kind: type[Word], name: Any) -> dict[str, Any]:
    return {"options": [item.value for item in kind], "format_func": lambda value: name(kind(value)), "required": True}


def _day(value: Any) -> date | None:
    return None if value is None else pd.Timestamp(value).date()


def _steps(here: Here, known: tuple[Step, ...], spot: str) -> tuple[Step, ...]:
    words = here.words
    _ = words.gettext
    select, column = st.column_config.SelectboxColumn, st.column_config
    columns = {
        "kind": select(
            _("What"),
            **_options(StepKind, lambda kind: said.step_kind_word(words, kind)),
            default="action",
            width="small",
        ),
        "text": column.TextColumn(_("Step"), width="large", required=True),
        "owner": column.TextColumn(_("Owner")),
        "start": column.DateColumn(_("Start"), format="DD/MM/YYYY"),
        "due": column.DateColumn(_("Due"), format="DD/MM/YYYY"),
        "done": column.DateColumn(_("Done on"), format="DD/MM/YYYY"),
        "state": select(
            _("State"), **_options(StepState, lambda item: said.step_state_word(words, item)), default="planned"
        ),
    }
    rows = [{name: getattr(item, name) for name in columns} for item in known]
    return tuple(
        Step(
            StepKind(row["kind"] or "action"),
            str(row["text"]).strip(),
            str(row["owner"] or "").strip(),
            _day(row["start"]),
            _day(row["due"]),
            _day(row["done"]),
            StepState(row["state"] or "planned"),
        )
        for row in _table(rows, columns, f"steps_{spot}", ("start", "due", "done"))
        if row["text"]
    )


def _forces(here: Here, known: tuple[Force, ...], spot: str) -> tuple[Force, ...]:
    words = here.words
    _ = words.gettext
    select, column = st.column_config.SelectboxColumn, st.column_config
    columns = {
        "kind": select(
            _("What"),
            **_options(ForceKind, lambda kind: said.force_kind_word(words, kind)),
            default="barrier",
            width="small",
        ),
        "text": column.TextColumn(_("What it is"), width="large", required=True),
        "weight": column.NumberColumn(_("Weight, 1 to 5"), min_value=1, max_value=5, step=1, default=3, format="%d"),
        "state": select(
            _("State"), **_options(ForceState, lambda item: said.force_state_word(words, item)), default="open"
        ),
        "owner": column.TextColumn(_("Owner")),
    }
    rows = [{name: getattr(item, name) for name in columns} for item in known]
    return tuple(
        Force(
            ForceKind(row["kind"] or "barrier"),
            str(row["text"]).strip(),
            int(row["weight"] or 3),
            ForceState(row["state"] or "open"),
            str(row["owner"] or "").strip(),
        )
        for row in _table(rows, columns, f"forces_{spot}")
        if row["text"]
    )


def _roles(here: Here, known: tuple[SalesRole, ...], spot: str) -> tuple[SalesRole, ...]:
    words = here.words
    _ = words.gettext
    select, column = st.column_config.SelectboxColumn, st.column_config
    labels = {EVERYONE: _("All the others")} | {item.key: words.label(item) for item in here.members(Dimension.SEGMENT)}
    columns = {
        "segment": select(
            _("Segment"), options=list(labels), format_func=lambda key: labels.get(str(key), str(key)), default=EVERYONE
        ),
        "role": select(
            _("What the salesperson does"),
            **_options(Orchestration, lambda role: said.orchestration_word(words, role)),
            default="guide",
            width="medium",
        ),
        "who": column.TextColumn(_("Who"), width="medium"),
        "note": column.TextColumn(_("Note"), width="large"),
    }
    rows = [
        {"segment": item.segment or EVERYONE, "role": item.role, "who": item.who, "note": item.note} for item in known
    ]
    return tuple(
        SalesRole(
            Orchestration(row["role"]),
            None if row["segment"] in (None, EVERYONE) else str(row["segment"]),
            str(row["who"] or "").strip(),
            str(row["note"] or "").strip(),
        )
        for row in _table(rows, columns, f"roles_{spot}")
        if row["role"]
    )
