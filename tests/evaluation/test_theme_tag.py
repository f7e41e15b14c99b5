"""The vocabulary of tags: small, unambiguous, and what finds the comments of themes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ocem.domain.feedback import Voice
from ocem.domain.theme import Tag, Theme
from ocem.errors import Conflict, DefinitionError
from ocem.evaluation import theme as use
from ocem.evaluation.feedback import comments
from ocem.store.database import Database
from ocem.store.seen import expecting, mark
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers

PRICES = Tag("", "Prezzi", "Prices", (" Prezz ", "listin", "prezz"))


def test_a_tag_is_kept_in_versions_and_its_words_are_folded(database: Database) -> None:
    saved = use.save_tag(database, PRICES)
    assert (saved.key, saved.words, saved.version) == ("prezzi", ("prezz", "listin"), 1)
    use.save_tag(database, replace(saved, retired=True))
    [found] = use.tags(database)
    assert (found.retired, found.version) == (True, 2)


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        (Tag("", " ", "", ("prezz",)), "Give the tag a name in Italian."),
        (Tag("", "Costi", "Costs", (" ", "eu")), "Costs: name the words that find its comments"),
        (Tag("", "prezzi", "Prices", ("costo",)), "There is already a tag called Prices."),
        (Tag("", "Costi", "Costs", ("LISTIN",)), "The word listin belongs to the tag Prices."),
    ],
)
def test_a_tag_that_would_blur_the_vocabulary_is_refused_and_nothing_is_lost(database, tag, why) -> None:
    use.save_tag(database, PRICES)
    with pytest.raises(DefinitionError) as refused:
        use.save_tag(database, tag)
    assert str(refused.value).startswith(why)
    assert [item.key for item in use.tags(database)] == ["prezzi"]


def test_the_vocabulary_stays_small(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use, "MOST_TAGS", 1)
    saved = use.save_tag(database, PRICES)
    with pytest.raises(DefinitionError, match="holds 1 tags already"):
        use.save_tag(database, Tag("", "Attese", "Waiting", ("aspett",)))
    use.save_tag(database, replace(saved, retired=True))
    assert use.save_tag(database, Tag("", "Attese", "Waiting", ("aspett",))).key == "attese"


def test_comments_are_counted_by_tag_and_a_theme_finds_what_its_tags_find(database: Database) -> None:
    """Ten of thirty customers speak of the list price: the tag finds them, and so does the theme that bears it."""
    declare(database)
    texts = ["Il listino non è chiaro"] * 10 + ["Consegna lenta"] * 20
    answers = [Answer(MONDAY + timedelta(days=i % 5), 3.0, customer=i, comment=text) for i, text in enumerate(texts)]
    import_answers(database, answers)
    tag = use.save_tag(database, PRICES)
    use.save_theme(database, Theme("t", "Prezzi", "Prices", "", "", (Voice.CUSTOMER,), MONDAY, tags=(tag.key,)))
    spoken = use.spoken(database)
    assert spoken == {"theme.t": ("prezz", "listin"), "tag.prezzi": ("prezz", "listin")}
    found = comments(database, spoken)
    assert (found.n, dict(found.by_theme), found.in_no_theme) == (30, {"theme.t": 10, "tag.prezzi": 10}, 20)
    assert [item.text for item in comments(database, spoken, only="tag.prezzi").shown] == ["Il listino non è chiaro"]
    assert {word for word, _n in found.frequent} == {"consegna", "lenta"}


def test_a_theme_names_only_tags_that_exist(database: Database) -> None:
    with pytest.raises(DefinitionError, match="There is no tag called prezzi"):
        use.save_theme(database, Theme("t", "T", "T", "", "", (Voice.CUSTOMER,), MONDAY, tags=("prezzi",)))


def test_what_the_staff_wrote_is_counted_to_the_nearest_five_or_not_at_all(database: Database) -> None:
    """Of 24 colleagues 12 speak of prices and 4 of delivery: 10 and none, so that no difference tells of a few."""
    declare(database)
    texts = ["prezzi"] * 12 + ["consegna"] * 4 + ["altro"] * 8
    answers = [
        Answer(MONDAY + timedelta(days=i % 7), 3.0, "staff", segment="", comment=text) for i, text in enumerate(texts)
    ]
    import_answers(database, answers)
    found = comments(database, {"a": ("prezz",), "b": ("consegna",)})
    assert (found.n, dict(found.by_theme), found.in_no_theme, found.shown) == (24, {"a": 10, "b": 0}, 0, ())


def test_a_tag_that_somebody_else_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    saved = use.save_tag(database, PRICES)
    with database.cursor() as con:
        shown = mark(con, "theme_tag", saved.key)
    use.save_tag(database, replace(saved, label_en="Price list"))
    with pytest.raises(Conflict) as refused, expecting(shown):
        use.save_tag(database, replace(saved, label_en="Cost"))
    assert ("label_en", "Prices", "Price list") in refused.value.values["changes"]
    assert use.tags(database)[0].label_en == "Price list"
