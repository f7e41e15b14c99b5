"""The picture of links is a way to their evidence; on a phone the list takes its place."""

import pytest

pytestmark = pytest.mark.browser

NUMBERS = '[class*="st-key-panel_chain"] .scatterlayer .trace:last-child .points path.point'


def test_choosing_a_number_on_a_line_opens_its_evidence(demo_server, open_tab):
    visit = open_tab(demo_server, 1440, 900)
    visit.open("links")
    box = visit.page.locator(NUMBERS).first.bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.page.wait_for_function("() => location.search.includes('link=')")
    assert visit.troubles() == {}


def test_on_a_phone_the_list_takes_the_pictures_place(demo_server, open_tab):
    visit = open_tab(demo_server, 390, 844)
    visit.open("links")
    assert not visit.page.locator('[class*="st-key-panel_chain"]').first.is_visible()
    assert visit.page.locator('[class*="_row_link_"]').count() >= 6
