"""The view lives in the URL as codes that mean the same in both languages."""

from datetime import date

from ocem.evaluation.view import View
from ocem.ui.state import Codes, parse, query_of


def test_codes_survive_the_way_to_the_url_and_back():
    codes = Codes(
        (("segment", ("pmi", "officine")), ("phase", ("acquisto",))), date(2026, 1, 5), date(2026, 6, 28), "en"
    )
    assert parse(query_of(codes)) == codes
    assert query_of(codes)["seg"] == "pmi.officine"


def test_the_default_view_leaves_the_url_empty():
    assert query_of(Codes()) == {}
    assert parse({}).view() == View()


def test_what_cannot_be_read_is_dropped():
    assert parse({"seg": "..", "from": "ieri", "to": "2026-13-01", "lang": "fr"}) == Codes((("segment", ()),))


def test_a_link_filters_the_page_and_unknown_codes_are_left_out(home, visit):
    app = visit("segments", seg="pmi.nessuno")
    assert app.multiselect(key="view_seg").value == ["pmi"]
    assert app.query_params["seg"] == "pmi"


def test_choosing_a_segment_writes_its_code_into_the_url(home, visit):
    app = visit()
    app.multiselect(key="view_seg").set_value(["officine"]).run()
    assert app.query_params["seg"] == "officine"


def test_the_same_link_shows_the_same_view_in_the_other_language(home, visit):
    app = visit("segments", seg="pmi", lang="en")
    assert app.multiselect(key="view_seg").value == ["pmi"]
    app.segmented_control(key="view_lang").set_value("it").run()
    assert app.multiselect(key="view_seg").value == ["pmi"]
    assert "lang" not in app.query_params


def test_filters_survive_a_page_that_does_not_show_them(home, visit):
    app = visit(seg="pmi")
    app.switch_page("../../pages/upload.py").run()
    app.switch_page("../../pages/segments.py").run()
    assert app.multiselect(key="view_seg").value == ["pmi"]


def test_a_period_from_the_url_is_kept(home, visit):
    app = visit("segments", **{"from": "2026-01-05", "to": "2026-03-29"})
    assert not app.exception
    assert app.query_params["from"] == "2026-01-05"
    assert app.selectbox(key="view_period").value == "own"
