"""Texts that break careless programs, put into every place where a person or a link can put one."""

import random
from collections.abc import Iterator
from typing import Any

from streamlit.testing.v1 import AppTest

SCRIPTS = (
    "<script>window.__hit = 1</script>",
    "<img src=x onerror='window.__hit = 1'>",
    '"><svg onload=window.__hit=1>',
    "javascript:window.__hit=1",
    "[x](javascript:window.__hit=1)",
    "$\\href{javascript:window.__hit=1}{x}$",
)
TEXTS = (
    *SCRIPTS, "", " ", "'; DROP TABLE objective; --", "\" OR 1=1 --", "{person}", "{0.__class__}", "%s%n",
    "../../etc/passwd", "\x00", "\u202e\u0000", "a" * 20_000, "𝕳𝖊𝖑𝖑𝖔", "-1", "0", "1e309", "NaN", "9999-99-99",
    "0001-01-01", "10000-01-01", "null", "[]", "pmi.pmi.pmi", ".", "~", "|||", "new", "new'", "🙂",
    "\r\n\r\nSet-Cookie: a=b", "=1+1", "pmi\u0301",
)  # fmt: skip
PARAMETERS = (
    "seg", "tp", "ph", "from", "to", "lang", "objective", "edit", "show", "initiative", "start", "link", "view", "cell",
    "week", "chart", "round", "theme", "touchpoint", "segment", "kpi", "event", "tab", "audience", "model", "unknown",
)  # fmt: skip


def mutated(rng: random.Random) -> str:
    """Draw a text: one of the list, two of them together, or one with a letter changed."""
    text = rng.choice(TEXTS)
    if rng.random() < 0.3:
        text += rng.choice(TEXTS)
    if text and rng.random() < 0.3:
        at = rng.randrange(len(text))
        text = text[:at] + chr(rng.randrange(1, 0xD7FF)) + text[at + 1 :]
    return text


def parameters(rng: random.Random, n: int) -> dict[str, str]:
    """Draw URL parameters with such values."""
    return {name: mutated(rng) for name in rng.sample(PARAMETERS, n)}


def _fields(app: AppTest) -> Iterator[Any]:
    yield from app.text_input
    yield from app.text_area


def type_into(app: AppTest, rng: random.Random, most: int) -> int:
    """Type such texts into the page's fields; return into how many."""
    fields = [item for item in _fields(app) if not item.disabled]
    chosen = rng.sample(fields, min(most, len(fields)))
    for item in chosen:
        longest = int(getattr(item.proto, "max_chars", 0) or 0)
        text = mutated(rng)
        item.set_value(text[:longest] if longest else text)
    return len(chosen)
