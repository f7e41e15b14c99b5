"""Source profiles as documents."""

from typing import Any

from ocem.domain.batch import FieldMapping, QuestionColumn, SourceProfile
from ocem.domain.fact import FactKind, fact_field
from ocem.errors import N_, DefinitionError
from ocem.store.definition.reading import Document, choice, required


def parse_profile(key: str, document: Document, version: int = 1) -> SourceProfile:
    """Read a source profile; every field must exist on its fact.

    Raises
    ------
    DefinitionError
        Naming the field that the fact does not have.
    """
    subject = f"profile.{key}"
    fact = choice(subject, "fact", required(subject, document, "fact"), FactKind)
    fields = {}
    for name, item in (document.get("fields") or {}).items():
        if fact_field(fact, name) is None:
            raise DefinitionError(
                N_("{subject}: {fact} has no field {field}."), subject=subject, fact=fact.value, field=name
            )
        fields[name] = FieldMapping(
            required(subject, item, "type"),
            item.get("column"),
            item.get("index"),
            dict(item.get("values") or {}),
            item.get("time"),
            item.get("currency"),
        )
    questions = tuple(
        QuestionColumn(item["question"], float(item["low"]), float(item["high"]), item.get("column"), item.get("index"))
        for item in document.get("questions") or ()
    )
    return SourceProfile(
        key=key,
        fact=fact,
        fields=fields,
        label=document.get("label", ""),
        system=document.get("system", ""),
        questions=questions,
        constants=dict(document.get("constants") or {}),
        inherit=tuple(document.get("inherit") or ()),
        key_fields=tuple(document.get("key_fields") or ()),
        required=tuple(document.get("required") or ()),
        formats=dict(document.get("formats") or {}),
        fingerprint=document.get("fingerprint"),
        version=version,
        label_en=document.get("label_en", ""),
    )


def profile_document(profile: SourceProfile) -> dict[str, Any]:
    """Write a source profile back as a document."""

    def place(item: FieldMapping | QuestionColumn) -> dict[str, Any]:
        return {k: v for k, v in (("column", item.column), ("index", item.index)) if v is not None}

    return {
        "label": profile.label,
        "system": profile.system,
        "fact": profile.fact.value,
        "fields": {
            name: {"type": item.type}
            | place(item)
            | {k: v for k, v in (("time", item.time), ("currency", item.currency)) if v}
            | ({"values": dict(item.values)} if item.values else {})
            for name, item in profile.fields.items()
        },
        "questions": [
            {"question": item.question, "low": item.low, "high": item.high} | place(item) for item in profile.questions
        ],
        "constants": dict(profile.constants),
        "inherit": list(profile.inherit),
        "key_fields": list(profile.key_fields),
        "required": list(profile.required),
        "formats": dict(profile.formats),
    } | {k: v for k, v in (("fingerprint", profile.fingerprint), ("label_en", profile.label_en)) if v}
