"""What is typed in the meeting: the page's script and the browser write the same text, and nobody's is overwritten."""

import json
import os
import random
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from ocem.domain.access import LOCAL
from ocem.errors import Conflict
from ocem.evaluation.review import write_down
from ocem.store.database import Database
from ocem.ui import draft, draft_route
from tests import hostile
from tests.store.template import starter_file

__all__ = ["starter_file"]

MONDAY = date(2026, 11, 9)
KEY = "review_2026-W46_1__note"
PLACE = draft.Place(MONDAY, "", "note")


@pytest.fixture
def store(starter_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    path = tmp_path / "ocem.duckdb"
    shutil.copyfile(starter_file, path)
    opened = Database.open(path)
    monkeypatch.setattr(draft, "database", lambda: opened)
    yield opened
    opened.close()


def shown(text: str = "") -> draft.Room:
    """A session whose field was drawn with a text."""
    room = draft.Room(LOCAL, "Marco")
    room.places[KEY], room.shown[KEY] = PLACE, text
    draft._rooms[room.token] = room
    return room


def somebody_else_writes(store: Database, text: str) -> None:
    write_down(store, MONDAY, "", "note", text, "Elena")


def test_script_and_browser_of_one_person_do_not_contradict_each_other(store):
    room = shown()
    draft.hear(room, KEY, "The respo", "")
    draft.keep(room, KEY, "The resp")  # the script's word is older: it was waiting for its turn
    draft.hear(room, KEY, "The response", "The respo")
    draft.keep(room, KEY, "The response")
    assert draft.stored(PLACE) == "The response" and not room.others


def test_what_the_script_hears_after_the_tab_was_left_is_older(store):
    room = shown()
    draft.hear(room, KEY, "The response time", "")
    room.has_left = True
    draft.keep(room, KEY, "The resp")
    assert draft.stored(PLACE) == "The response time"


def test_what_somebody_else_wrote_is_not_overwritten_before_it_was_seen(store):
    room = shown()
    somebody_else_writes(store, "Elena's words")
    with pytest.raises(Conflict):
        draft.hear(room, KEY, "Mine", "")
    assert draft.stored(PLACE) == "Elena's words"
    with pytest.raises(Conflict):
        draft.keep(room, KEY, "Mine")
    assert room.others[KEY] == ("Elena", "Elena's words")
    draft.keep(room, KEY, "Both")
    assert draft.stored(PLACE) == "Both" and not room.others


def test_what_was_typed_before_a_reload_is_stored_or_shown_but_never_put_over_newer_words(store):
    room = shown()
    draft.bring(room, KEY, "Typed offline", "")
    assert draft.stored(PLACE) == "Typed offline" and room.shown[KEY] == ""  # so that the field follows
    somebody_else_writes(store, "Newer")
    draft.bring(room, KEY, "Typed offline and on", "Typed offline")
    assert draft.stored(PLACE) == "Newer" and room.lost[KEY] == "Typed offline and on"


def test_the_last_words_of_a_stored_form_do_not_come_back(store):
    room = shown()
    draft.keep(room, KEY, "Call back within the hour")
    draft.done(room, KEY)
    draft.hear(room, KEY, "Call back within the hour", "")
    assert draft.stored(PLACE) == ""


def test_the_route_stores_for_sessions_it_knows_and_fields_they_were_shown(store):
    client = TestClient(Starlette(routes=[Route(draft_route.PATH, draft_route.receive, methods=["PUT"])]))
    room = shown()
    name = draft_route.class_of(KEY)
    field = {"name": name, "value": "Heard", "base": ""}

    def put(token: str, body: object) -> tuple[int, object]:
        answer = client.put(draft_route.PATH.replace("{token}", token), json=body)
        return answer.status_code, answer.json()

    assert put("forged", {"left": False, "fields": [field]})[0] == 403
    assert put(room.token, {"left": False, "fields": [field | {"name": "st-key-other"}]}) == (200, {"kept": []})
    assert put(room.token, {"fields": "none"})[0] == 400
    assert put(room.token, {"left": True, "fields": [field]}) == (200, {"kept": [name]})
    assert draft.stored(PLACE) == "Heard" and room.has_left
    room.looked_at -= draft.FRESH_S + 1
    assert put(room.token, {"left": False, "fields": [field]})[0] == 403


HOSTILE_BODIES = (
    "",
    "[" * 50_000,
    "{",
    "null",
    "[]",
    '{"left": 0, "fields": [[]]}',
    '{"left": 0, "fields": [{"name": {}}]}',
)


def test_no_body_breaks_the_route_and_none_writes_elsewhere(store):
    client = TestClient(Starlette(routes=[Route(draft_route.PATH, draft_route.receive, methods=["PUT"])]))
    room, rng = shown(), random.Random(1)
    address = draft_route.PATH.replace("{token}", room.token)
    for number in range(10 * int(os.environ.get("OCEM_HOSTILE_RUNS", "6"))):
        texts = [rng.choice((hostile.mutated(rng), "\ud800", "\x00", draft_route.class_of(KEY))) for _ in range(3)]
        body = json.dumps(
            {"left": bool(number % 2), "fields": [dict(zip(("name", "value", "base"), texts, strict=True))]}
        )
        if number % 4 == 0:
            at = rng.randrange(len(body))
            body = body[:at] + rng.choice('"{}[],\\\u0000') + body[at + 1 :]
        for sent in (body, HOSTILE_BODIES[number % len(HOSTILE_BODIES)]):
            answer = client.put(address, content=sent.encode("utf-8", "surrogatepass"))
            assert answer.status_code in (200, 400), (sent[:200], answer.text)
    with store.cursor() as con:
        assert con.execute("SELECT count(*) FROM review_draft WHERE field <> 'note' OR item <> ''").fetchall() == [(0,)]
