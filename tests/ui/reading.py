"""What a person reads on a page under test."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest


def seen(app: AppTest) -> str:
    """Every text of the page's own markup, sentences and captions."""
    html = " ".join(_body(block) for block in app.get("html"))
    texts = [re.sub(r"<style.*?</style>", "", html, flags=re.S)]
    texts += [
        str(item.value)
        for kind in ("markdown", "caption", "info", "warning", "error", "success")
        for item in app.get(kind)
    ]
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(texts)))


def _body(block: object) -> str:
    return str(getattr(getattr(block, "proto", None), "body", ""))
