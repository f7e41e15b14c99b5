"""Every page, both languages, three widths, light and dark: nothing breaks, overflows or stays untranslated."""

import pytest

from tests.browser.harness import LANGUAGES, PAGES, WIDTHS, running_server
from tests.browser.language import foreign_words

pytestmark = pytest.mark.browser


# Each language in each width; light and dark in turns, so that each language and each width is seen in both.
VIEWS = [
    (language, width, ("light", "dark")[(first + second) % 2])
    for first, language in enumerate(LANGUAGES)
    for second, width in enumerate(WIDTHS)
]


@pytest.mark.parametrize(("language", "width", "scheme"), VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_trouble(demo_server, open_tab, page, language, width, scheme):
    visit = open_tab(demo_server, width, WIDTHS[width], scheme)
    visit.open(page, lang=language)
    assert visit.troubles() == {}
    assert visit.overflow() <= 0, f"{visit.overflow()} px wider than a window of {width} px"
    assert foreign_words(visit.texts(), language) == {}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES[::6])
def test_a_page_is_whole_when_it_is_the_first_request_of_a_fresh_server(demo_copy, open_tab, page):
    """Streamlit serves files of a pages folder by themselves until the navigation has run once."""
    with running_server(demo_copy, demo_copy.with_name(f"first-{page}.log")) as address:
        visit = open_tab(address)
        visit.open(page)
        assert visit.troubles() == {}
        assert visit.page.locator('[data-testid="stSidebarNav"] a').count() >= len(PAGES)


def test_the_italian_page_comes_first_and_the_start_is_the_control_room(demo_server, open_tab):
    visit = open_tab(demo_server)
    visit.open("")
    assert "Cabina di regia" in " ".join(visit.texts())
