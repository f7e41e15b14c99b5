"""What is declared about perimeter and members, in words."""

from collections.abc import Mapping

from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Choice, Control, Medium, Member, ScopeRule, Trait
from ocem.i18n import Words
from ocem.reporting.names import dimension_word


def trait_word(words: Words, trait: Trait) -> str:
    """Name a property of touchpoints or segments."""
    _ = words.gettext
    return {
        Trait.ONLINE: _("online"),
        Trait.OFFLINE: _("offline"),
        Trait.OWNED: _("controlled"),
        Trait.PARTNER: _("run by partners"),
        Trait.UNCONTROLLED: _("not controlled"),
        Trait.SELF_SERVICE: _("self-service"),
        Trait.HUMAN: _("served by people"),
        Trait.STRATEGIC: _("strategic"),
        Trait.CURRENT: _("current customers"),
        Trait.PROSPECT: _("prospects"),
    }[trait]


def medium_word(words: Words, medium: Medium) -> str:
    """Name where a touchpoint lives."""
    return trait_word(words, Trait(medium.value))


def control_word(words: Words, control: Control) -> str:
    """Name who runs a touchpoint."""
    return trait_word(words, Trait(control.value))


def choice_text(words: Words, dimension: str, choice: Choice, labels: Mapping[str, str]) -> str:
    """Say which members of a dimension a rule speaks of."""
    _ = words.gettext
    if choice.keys is not None:
        named = words.listed(labels.get(key, key) for key in choice.keys)
        return named if choice.keys else _("none")
    if choice.traits:
        traits = words.listed(trait_word(words, trait) for trait in choice.traits)
        return f"{dimension_word(words, dimension, plural=True)}: {traits}"
    return {
        "touchpoint": _("all touchpoints"),
        "phase": _("all phases"),
        "segment": _("all segments"),
    }[dimension]


def rule_text(words: Words, rule: ScopeRule, labels: Mapping[tuple[str, str], str]) -> str:
    """Say a rule in one line, as one would say it aloud."""
    parts = [
        choice_text(words, name, rule.choice(name), {key: label for (of, key), label in labels.items() if of == name})
        for name in ("segment", "touchpoint", "phase")
    ]
    return " · ".join(parts)


def attributes_text(words: Words, member: Member, labels: Mapping[tuple[str, str], str]) -> str:
    """Say what is known about a member."""
    _ = words.gettext
    parts: list[str] = []
    if member.medium:
        parts.append(medium_word(words, member.medium))
    if member.control:
        parts.append(control_word(words, member.control))
    if member.self_service is not None:
        parts.append(trait_word(words, Trait.SELF_SERVICE if member.self_service else Trait.HUMAN))
    if member.relationship:
        parts.append(trait_word(words, Trait(member.relationship)))
    if member.strategic:
        parts.append(trait_word(words, Trait.STRATEGIC))
    if member.parent:
        parts.append(_("in {parent}", parent=labels.get((str(member.dimension), member.parent), member.parent)))
    if member.owner_function:
        parts.append(member.owner_function)
    return " · ".join(parts)


def use_word(words: Words, noun: str) -> str:
    """Name what may use a member."""
    _ = words.gettext
    return {
        "objective": _("objective"),
        "initiative": _("initiative"),
        "kpi": _("KPI"),
        "profile": _("source profile"),
        "scope": _("strategic perimeter"),
        "segment": _("segment"),
        "touchpoint": _("touchpoint"),
        "phase": _("phase"),
        "dmu_role": _("role"),
    }.get(noun, noun)


def is_weekly(kpi: Kpi) -> bool:
    """Say whether a KPI's figure is a week's total."""
    return kpi.kind in (KpiKind.COUNT, KpiKind.SUM)
