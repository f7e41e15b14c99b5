"""Members and perimeters as documents."""

from ocem.domain.perimeter import Control, Dimension, Medium, Member, Perimeter
from ocem.store.definition.reading import Document, choice, required


def parse_member(dimension: Dimension, key: str, document: Document, position: int) -> Member:
    """Read a member of a dimension."""
    subject = f"{dimension.value}.{key}"
    medium, control = document.get("medium"), document.get("control")
    return Member(
        dimension=dimension,
        key=key,
        label_it=required(subject, document, "label_it"),
        label_en=required(subject, document, "label_en"),
        position=int(document.get("position", position)),
        status=document.get("status", "confirmed"),
        medium=choice(subject, "medium", medium, Medium) if medium else None,
        control=choice(subject, "control", control, Control) if control else None,
        self_service=document.get("self_service"),
        owner_function=document.get("owner_function"),
        parent=document.get("parent"),
        relationship=document.get("relationship"),
        strategic=document.get("strategic"),
        priority_criteria=document.get("priority_criteria"),
    )


def parse_perimeter(document: Document | None) -> Perimeter:
    """Read a perimeter; a missing dimension means all of its members."""
    document = document or {}

    def keys(name: str) -> tuple[str, ...] | None:
        found = document.get(name)
        return tuple(found) if found else None

    return Perimeter(keys("touchpoint"), keys("phase"), keys("segment"))


def perimeter_document(perimeter: Perimeter) -> dict[str, list[str]]:
    """Write a perimeter back as a document."""
    named = {"touchpoint": perimeter.touchpoints, "phase": perimeter.phases, "segment": perimeter.segments}
    return {name: list(keys) for name, keys in named.items() if keys is not None}
