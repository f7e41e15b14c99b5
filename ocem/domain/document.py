"""Frozen dataclasses as JSON documents and back: one spelling, so that equal things give equal bytes."""

import hashlib
import json
import types
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from math import isfinite
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Thing = TypeVar("Thing")
_DAY = "$day"


def to_plain(value: Any) -> Any:
    """Return a dataclass as dictionaries, lists, texts and numbers; what is no number becomes None.

    A day keeps its type where the field declares it; inside free values it is written ``{"$day": "2026-11-16"}``.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _declared(getattr(value, item.name)) for item in fields(value)}
    return _declared(value)


def _declared(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _free(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_declared(item) for item in value]
    if is_dataclass(value):
        return to_plain(value)
    return _scalar(value)


def _free(value: Any) -> Any:
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    if isinstance(value, dict):
        return {str(key): _free(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_free(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def to_json(value: Any) -> str:
    """Return the one canonical spelling of a document: sorted keys, no blanks, full precision."""
    return json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text: str) -> str:
    """Return the SHA-256 of a spelling."""
    return hashlib.sha256(text.encode()).hexdigest()


def from_json(kind: type[Thing], text: str) -> Thing:
    """Return the dataclass a spelling stands for; fields that it lacks take their defaults."""
    found: Thing = _typed(kind, json.loads(text))
    return found


def from_plain(kind: type[Thing], value: Any) -> Thing:
    """Return the dataclass that dictionaries stand for; fields unknown to it are left out."""
    found: Thing = _typed(kind, value)
    return found


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(hint: Any, value: Any) -> Any:
    if value is None or hint is Any:
        return _freed(value)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(hint) if option is not type(None)]
        return _typed(options[0], value)
    if origin is tuple:
        kinds = get_args(hint)
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(_typed(kinds[0], item) for item in value)
        return tuple(_typed(kind, item) for kind, item in zip(kinds, value, strict=True))
    if origin is dict:
        return {key: _freed(item) for key, item in value.items()}
    if isinstance(hint, type):
        return _as_type(hint, value)
    return value


def _as_type(hint: type, value: Any) -> Any:
    if is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: _typed(hints[name], value[name]) for name in hints if name in value})
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is date:
        return date.fromisoformat(value)
    if issubclass(hint, Enum):
        return hint(value)
    return float(value) if hint is float else value


def _freed(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {_DAY}:
            return date.fromisoformat(value[_DAY])
        return {key: _freed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_freed(item) for item in value]
    return value
