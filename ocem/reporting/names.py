"""The labels of everything declared, in one language, found by key."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ocem.domain.comparison import Comparison
from ocem.domain.kpi import Kpi, Level
from ocem.domain.objective import Initiative, MacroObjective, Objective
from ocem.domain.perimeter import Cell, Dimension, Member, Perimeter
from ocem.i18n import Words


@dataclass(frozen=True)
class Names:
    """Labels by key; a key without a label shows itself."""

    words: Words
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    kpis: dict[str, str] = field(default_factory=dict)
    objectives: dict[str, str] = field(default_factory=dict)
    initiatives: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        words: Words,
        members: Iterable[Member] = (),
        kpis: Iterable[Kpi] = (),
        objectives: Iterable[Objective] = (),
        initiatives: Iterable[Initiative] = (),
    ) -> "Names":
        """Collect the labels of a language."""
        return cls(
            words,
            {(str(member.dimension), member.key): words.label(member) for member in members},
            {kpi.key: words.label(kpi) for kpi in kpis},
            {objective.key: words.label(objective) for objective in objectives},
            {initiative.key: words.label(initiative) for initiative in initiatives},
        )

    def member(self, dimension: str, key: str) -> str:
        """Name a touchpoint, phase, segment or role."""
        return self.members.get((dimension, key), key)

    def kpi(self, key: str) -> str:
        """Name a KPI."""
        return self.kpis.get(key, key)

    def objective(self, key: str | None) -> str:
        """Name an objective."""
        return self.objectives.get(key or "", key or "")

    def initiative(self, key: str | None) -> str:
        """Name an initiative."""
        return self.initiatives.get(key or "", key or "")

    def perimeter(self, perimeter: Perimeter | None) -> str:
        """Name what a perimeter leaves in, dimension by dimension; everything when nothing is left out."""
        _ = self.words.gettext
        if perimeter is None:
            return _("none")
        parts = []
        for dimension in ("segment", "touchpoint", "phase"):
            keys = perimeter.members(dimension)
            if keys is not None:
                parts.append(", ".join(self.member(dimension, key) for key in keys))
        return " · ".join(parts) if parts else _("Whole perimeter")

    def limits(self, perimeter: Perimeter) -> str:
        """Say what a view leaves in; nothing when it leaves everything."""
        return "" if perimeter == Perimeter() else self.words.gettext("only {what}", what=self.perimeter(perimeter))

    def cell(self, cell: Cell) -> str:
        """Name a cell."""
        parts = [
            self.member(dimension, key)
            for dimension in ("segment", "touchpoint", "phase")
            if (key := getattr(cell, dimension)) is not None
        ]
        return " · ".join(parts) if parts else self.words.gettext("Whole perimeter")

    def subject(self, comparison: Comparison) -> str:
        """Name what a comparison is about: its objective, or its KPI."""
        return self.objective(comparison.objective) if comparison.objective else self.kpi(comparison.kpi)


def dimension_word(words: Words, dimension: str, plural: bool = False) -> str:
    """Name a dimension."""
    _ = words.gettext
    one = {
        Dimension.TOUCHPOINT: _("Touchpoint"),
        Dimension.PHASE: _("Phase"),
        Dimension.SEGMENT: _("Segment"),
        Dimension.DMU_ROLE: _("Role in the decision making unit"),
    }
    many = {
        Dimension.TOUCHPOINT: _("Touchpoints"),
        Dimension.PHASE: _("Phases"),
        Dimension.SEGMENT: _("Segments"),
        Dimension.DMU_ROLE: _("Roles in the decision making unit"),
    }
    return (many if plural else one)[Dimension(dimension)]


def macro_objective_word(words: Words, macro: MacroObjective) -> str:
    """Name a macro-objective."""
    _ = words.gettext
    return {
        MacroObjective.CUSTOMER_EXPERIENCE: _("Customer experience"),
        MacroObjective.INTERNAL_PROCESSES: _("Internal processes"),
        MacroObjective.BUSINESS_OPPORTUNITIES: _("Business opportunities"),
    }[MacroObjective(macro)]


def level_word(words: Words, level: Level) -> str:
    """Name where a KPI stands in the chain."""
    _ = words.gettext
    return {
        Level.TOUCHPOINT: _("Touchpoint"),
        Level.PROCESS: _("Internal process"),
        Level.OUTCOME: _("Outcome"),
    }[Level(level)]
