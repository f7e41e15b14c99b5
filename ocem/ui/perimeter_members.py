"""Touchpoints, phases, segments and roles: confirm or merge what files brought, edit, order, delete."""

from dataclasses import replace

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.perimeter import Control, Dimension, Medium, Member
from ocem.errors import OcemError
from ocem.evaluation.member import (
    MemberUse,
    delete_member,
    history,
    member_uses,
    merges,
    reorder,
    save_member,
)
from ocem.reporting import perimeter as said
from ocem.reporting.names import dimension_word
from ocem.store.member import key_for
from ocem.store.merge import merge_member, split_member
from ocem.ui import editing, markup, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import literal, tag, text

ORDER = (Dimension.TOUCHPOINT, Dimension.PHASE, Dimension.SEGMENT, Dimension.DMU_ROLE)
NEW = "new"
SHOWN_VERSIONS = 10


def show(here: Here) -> None:
    """Draw the members of one dimension."""
    words = here.words
    asked = state.own("dimension")
    dimension = st.segmented_control(
        words.gettext("Dimension"),
        ORDER,
        default=Dimension(asked) if asked in list(Dimension) else ORDER[0],
        format_func=lambda item: dimension_word(words, item, plural=True),
        required=True,
        label_visibility="collapsed",
        key="members_dimension",
    )
    state.set_own("dimension", str(dimension) if dimension != ORDER[0] else None)
    dimension = Dimension(dimension or ORDER[0])
    _notice(here)
    uses = ask(member_uses, dimension)
    proposed = [item for item in uses if item.member.status == "proposed"]
    confirmed = [item for item in uses if item.member.status != "proposed"]
    for item in proposed:
        _proposal(here, item, confirmed)
    left, right = st.columns([3, 2], gap="small")
    with left, st.container(border=True, key="panel_members"):
        _table(here, dimension, confirmed)
        _merges(here, dimension)
    with right, st.container(border=True, key="panel_member"):
        _editor(here, dimension, confirmed)


def _notice(here: Here) -> None:
    message = st.session_state.pop("members_notice", None)
    if message:
        kind, sentence = message
        (st.error if kind == "bad" else st.success)(sentence)


def _say(sentence: str, kind: str = "good") -> None:
    st.session_state["members_notice"] = (kind, sentence)


def _label(here: Here, member: Member) -> str:
    return here.words.label(member)


def _proposal(here: Here, item: MemberUse, confirmed: list[MemberUse]) -> None:
    """Ask what a name found in a file is: a new member, or another name of a known one."""
    words = here.words
    _ = words.gettext
    member = item.member
    with st.container(border=True, key=f"panel_proposed_{member.dimension}_{member.key}", gap="small"):
        rows = words.ngettext("{n} row", "{n} rows", item.n_rows)
        markup.show(
            tag("p", tag("b", text(_label(here, member))), " ", text(_("was found in a file")), text(f" · {rows}"))
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            labels = {other.member.key: _label(here, other.member) for other in confirmed}
            options = list(labels)
            target = st.selectbox(
                _("The same as"),
                options,
                index=options.index(item.closest) if item.closest in options else None,
                format_func=labels.__getitem__,
                placeholder=_("Choose"),
                key=f"target_{member.dimension}_{member.key}",
                width=260,
            )
            lock = here.lock(Right.DEFINE, disabled=target is None)
            if st.button(_("Merge"), key=f"merge_{member.dimension}_{member.key}", **lock):
                _merge(here, member, str(target), labels)
            editing.opened("member_version", f"{member.dimension}:{member.key}")
            if st.button(
                _("Confirm as new"),
                type="primary",
                key=f"confirm_{member.dimension}_{member.key}",
                icon=":material/check:",
                **here.lock(Right.DEFINE),
            ):
                last = max((other.member.position for other in confirmed), default=0)
                _save(here, replace(member, status="confirmed", position=last + 1))


def _merge(here: Here, member: Member, target: str, labels: dict[str, str]) -> None:
    _ = here.words.gettext
    try:
        done = merge_member(database(), member.dimension, member.key, target)
    except OcemError as error:
        _say(here.words.error(error), "bad")
    else:
        rows = here.words.ngettext("{n} row", "{n} rows", done.n_rows)
        _say(
            _(
                "{source} now counts as {target}: {rows} moved. It can be undone below.",
                source=literal(_label(here, member)),
                target=literal(labels[target]),
                rows=rows,
            )
        )
    st.rerun()


def _save(here: Here, member: Member) -> None:
    try:
        with editing.unchanged(here, "member_version", f"{member.dimension}:{member.key}"):
            save_member(database(), member)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    _say(here.words.gettext("{label} is saved.", label=literal(_label(here, member))))
    st.rerun()


def _table(here: Here, dimension: Dimension, confirmed: list[MemberUse]) -> None:
    words = here.words
    _ = words.gettext
    headers = [
        (dimension_word(words, dimension), "name"),
        (_("What it is"), ""),
        (_("Used by"), ""),
        (_("Rows"), "num"),
    ]
    rows = []
    for item in confirmed:
        depth = _depth(item.member, confirmed)
        other = item.member.label_en if words.lang == "it" else item.member.label_it
        nouns: dict[str, int] = {}
        for use in item.uses:
            word = said.use_word(words, use.noun)
            nouns[word] = nouns.get(word, 0) + 1
        name = tag("span", text(_label(here, item.member)), style=f"padding-left:{depth}rem")
        rows.append(
            [
                name + tag("small", text(other), style=f"padding-left:{depth}rem"),
                text(said.attributes_text(words, item.member, here.names.members) or "–"),
                text(" · ".join(f"{word}: {count}" for word, count in nouns.items()) or "–"),
                text(words.compact(item.n_rows) if item.n_rows else "–"),
            ]
        )
    markup.table(headers, rows, dimension_word(words, dimension, plural=True), stacks=True)
    with st.popover(_("Change the order"), icon=":material/swap_vert:", **here.lock(Right.DEFINE)):
        _order(here, dimension, confirmed)


def _depth(member: Member, confirmed: list[MemberUse]) -> int:
    parents = {item.member.key: item.member.parent for item in confirmed}
    depth, at = 0, member.parent
    while at is not None and depth < 8:
        depth, at = depth + 1, parents.get(at)
    return depth


def _order(here: Here, dimension: Dimension, confirmed: list[MemberUse]) -> None:
    _ = here.words.gettext
    labels = {item.member.key: _label(here, item.member) for item in confirmed}
    st.caption(_("Choose them in the order in which they should stand; the others follow as they are."))
    keys = st.multiselect(
        _("Order"),
        list(labels),
        default=list(labels),
        format_func=labels.__getitem__,
        placeholder=_("All"),
        label_visibility="collapsed",
        key=f"order_{dimension}",
    )
    if st.button(_("Save the order"), key=f"save_order_{dimension}"):
        reorder(database(), dimension, keys)
        _say(_("The order is saved."))
        st.rerun()


def _merges(here: Here, dimension: Dimension) -> None:
    words = here.words
    _ = words.gettext
    live = [item for item in ask(merges, dimension) if item.split_at is None]
    if not live:
        return
    markup.section(_("Merged names"))
    for item in live:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            rows = words.ngettext("{n} row", "{n} rows", item.n_rows)
            day = words.day(item.merged_at.date())
            sentence = _(
                "{source} counts as {target}", source=item.source, target=here.names.member(dimension, item.target)
            )
            markup.show(tag("p", text(f"{sentence} · {rows} · {day}")))
            lock = here.lock(Right.DEFINE)
            if st.button(
                _("Split again"), key=f"split_{item.id}", type="tertiary", icon=":material/call_split:", **lock
            ):
                try:
                    split_member(database(), item.id)
                except OcemError as error:
                    _say(words.error(error), "bad")
                st.rerun()


def _editor(here: Here, dimension: Dimension, confirmed: list[MemberUse]) -> None:
    """Change one member or add a new one; what was typed stays when it is refused."""
    words = here.words
    _ = words.gettext
    by_key = {item.member.key: item for item in confirmed}
    chosen = st.selectbox(
        _("Edit"),
        [NEW, *by_key],
        format_func=lambda key: _("A new one") if key == NEW else _label(here, by_key[key].member),
        key=f"member_{dimension}",
    )
    known = by_key[chosen].member if chosen in by_key else None
    spot = f"{dimension}_{chosen}"
    editing.opened("member_version", f"{dimension}:{known.key}" if known else None)
    label_it = st.text_input(_("Name in Italian"), known.label_it if known else "", max_chars=60, key=f"it_{spot}")
    label_en = st.text_input(_("Name in English"), known.label_en if known else "", max_chars=60, key=f"en_{spot}")
    position = max((item.member.position for item in confirmed), default=0) + 1
    key = known.key if known else _free_key(label_it, by_key)
    member = known or Member(dimension, key, "", "", position)
    member = replace(member, key=key, label_it=label_it, label_en=label_en)
    if dimension is Dimension.TOUCHPOINT:
        member = _touchpoint(here, member, spot)
    elif dimension is Dimension.SEGMENT:
        member = _segment(here, member, spot, confirmed)
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Save"), type="primary", icon=":material/save:", key=f"save_{spot}", **here.lock(Right.DEFINE)):
            _save(here, member)
        if known is not None:
            _delete(here, by_key[known.key])
    if known is not None:
        _versions(here, known)


def _free_key(label: str, taken: dict[str, MemberUse]) -> str:
    key = key_for(label or "new")
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, 1000))) if name not in taken)


def _touchpoint(here: Here, member: Member, spot: str) -> Member:
    words = here.words
    _ = words.gettext
    left, right = st.columns(2)
    medium = left.segmented_control(
        _("Where"),
        list(Medium),
        default=member.medium,
        format_func=lambda item: said.medium_word(words, item),
        key=f"medium_{spot}",
    )
    self_service = right.segmented_control(
        _("Who serves"),
        (True, False),
        default=member.self_service,
        format_func=lambda item: _("self-service") if item else _("people"),
        key=f"self_{spot}",
    )
    control = st.segmented_control(
        _("Who runs it"),
        list(Control),
        default=member.control,
        format_func=lambda item: said.control_word(words, item),
        key=f"control_{spot}",
    )
    owner = st.text_input(
        _("Function that answers for it"), member.owner_function or "", key=f"owner_{spot}", max_chars=60
    )
    return replace(
        member,
        medium=Medium(medium) if medium else None,
        control=Control(control) if control else None,
        self_service=self_service,
        owner_function=owner.strip() or None,
    )


def _segment(here: Here, member: Member, spot: str, confirmed: list[MemberUse]) -> Member:
    words = here.words
    _ = words.gettext
    relations = {"current": _("current customers"), "prospect": _("prospects")}
    relationship = st.segmented_control(
        _("Relationship"),
        list(relations),
        default=member.relationship,
        format_func=relations.__getitem__,
        key=f"relation_{spot}",
    )
    strategic = st.toggle(_("Strategic"), bool(member.strategic), key=f"strategic_{spot}")
    labels = {item.member.key: _label(here, item.member) for item in confirmed if item.member.key != member.key}
    parent = st.selectbox(
        _("Part of"),
        list(labels),
        index=list(labels).index(member.parent) if member.parent in labels else None,
        format_func=labels.__getitem__,
        placeholder=_("none"),
        key=f"parent_{spot}",
    )
    criteria = st.text_area(
        _("Why it comes first (priority criteria)"), member.priority_criteria or "", key=f"why_{spot}", max_chars=400
    )
    return replace(
        member,
        relationship=relationship,
        strategic=strategic,
        parent=parent,
        priority_criteria=criteria.strip() or None,
    )


def _delete(here: Here, item: MemberUse) -> None:
    _ = here.words.gettext
    with st.popover(_("Delete"), icon=":material/delete:", **here.lock(Right.DEFINE)):
        st.write(_("{label} is taken out for good.", label=literal(_label(here, item.member))))
        if st.button(_("Delete it"), type="primary", key=f"delete_{item.member.dimension}_{item.member.key}"):
            try:
                delete_member(database(), item.member.dimension, item.member.key)
            except OcemError as error:
                st.error(here.words.error(error), icon=":material/block:")
            else:
                _say(_("{label} is deleted.", label=literal(_label(here, item.member))))
                st.rerun()


def _versions(here: Here, member: Member) -> None:
    words = here.words
    _ = words.gettext
    box = st.expander(_("Versions"), icon=":material/history:", on_change="rerun", key=f"versions_{member.dimension}")
    if not box.open:
        return
    with box:
        headers = [(_("Version"), "num"), (_("Saved"), ""), (_("Name"), "name"), (_("Changed"), "")]
        found = ask(history, member.dimension, member.key)
        rows = []
        for item, before in zip(found, [*found[1:], None], strict=True):
            changed = [
                name for name, value in item.definition.items() if before and before.definition.get(name) != value
            ]
            label = item.definition["label_it" if words.lang == "it" else "label_en"]
            rows.append(
                [text(item.version), text(words.show(item.saved_at)), text(label), text(", ".join(changed) or "–")]
            )
        markup.table(headers, rows[:SHOWN_VERSIONS], _("Versions"))
