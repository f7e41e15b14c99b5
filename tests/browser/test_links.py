"""A view is an address: what one person sees, another sees by the link, in either language."""

import pytest

pytestmark = pytest.mark.browser

CHIPS = ".st-key-view_seg .react-aria-ComboBox [data-tag]"
OPTIONS = '[role="option"]:not([id$="__select_all__"])'


def open_filters(visit) -> None:
    """Open what stands above the page to choose what to look at, unless it is open."""
    if not visit.page.locator(".st-key-view_seg").count():
        visit.page.locator(".st-key-filter_box button").first.click()
        visit.page.locator(".st-key-view_seg input").first.wait_for()
        visit.page.wait_for_timeout(500)  # what is chosen already appears a moment after the field


def chosen_segments(visit) -> list[str]:
    """Labels of the segments that the filter shows as chosen."""
    open_filters(visit)
    return [chip.get_attribute("aria-label") for chip in visit.page.query_selector_all(CHIPS)]


def codes(visit) -> set[str]:
    """The address bar's parameters."""
    return set(filter(None, visit.search().removeprefix("?").split("&")))


def choose_first_segment(visit) -> None:
    """Open the filter of segments and choose its first member, as a person does."""
    open_filters(visit)
    visit.page.locator(".st-key-view_seg input").first.click()
    visit.page.locator(OPTIONS).first.click()
    visit.page.wait_for_function("() => location.search.includes('seg=')")
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("Escape")
    visit.wait_ready()


@pytest.mark.parametrize("page", ["control-room", "touchpoints", "segments"])
def test_a_link_made_in_italian_shows_the_same_view_in_english_and_back(demo_server, open_tab, page):
    first = open_tab(demo_server)
    first.open(page, lang="it")
    choose_first_segment(first)
    [italian] = chosen_segments(first)
    link = codes(first)

    second = open_tab(demo_server, locale="en-GB")
    second.page.goto(f"{demo_server}/{page}?{'&'.join(sorted(link - {'lang=it'} | {'lang=en'}))}")
    second.wait_ready()
    [english] = chosen_segments(second)
    assert codes(second) - {"lang=en"} == link - {"lang=it"}

    third = open_tab(demo_server)
    third.page.goto(f"{demo_server}/{page}?{'&'.join(sorted(codes(second) - {'lang=en'} | {'lang=it'}))}")
    third.wait_ready()
    assert chosen_segments(third) == [italian]
    assert english
    assert [visit.troubles() for visit in (first, second, third)] == [{}, {}, {}]


def test_switching_the_language_keeps_the_view(demo_server, open_tab):
    visit = open_tab(demo_server)
    visit.open("touchpoints", lang="it")
    choose_first_segment(visit)
    before = codes(visit)
    visit.page.locator(".st-key-view_lang button", has_text="EN").click()
    visit.page.wait_for_function("() => location.search.includes('lang=en')")
    visit.wait_ready()
    assert codes(visit) - {"lang=en"} == before - {"lang=it"}
    assert len(chosen_segments(visit)) == 1
    assert visit.troubles() == {}


def test_the_view_survives_a_change_of_page(demo_server, open_tab):
    visit = open_tab(demo_server)
    visit.open("touchpoints", lang="it")
    choose_first_segment(visit)
    chosen = chosen_segments(visit)
    visit.page.locator('[data-testid="stSidebarNavLink"][href*="segments"]').click()
    visit.page.wait_for_function("() => location.pathname.endsWith('/segments')")
    visit.wait_ready()
    assert chosen_segments(visit) == chosen


def test_an_unknown_code_in_a_link_is_left_out(demo_server, open_tab):
    visit = open_tab(demo_server)
    visit.open("touchpoints", lang="it", seg="nobody", **{"from": "not-a-day"})
    assert chosen_segments(visit) == []
    assert visit.troubles() == {}
