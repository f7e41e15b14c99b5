"""The check for untranslated words can see: it would fail on a word of the other language."""

from tests.browser.language import foreign_words


def test_a_sentence_of_the_other_language_is_noticed():
    assert foreign_words(["Which objectives move, which do not"], "it")
    assert foreign_words(["Che cosa è cambiato nel periodo dopo"], "en")


def test_a_words_own_language_and_names_of_things_pass():
    assert foreign_words(["Cabina di regia", "Portale riordini", "ERP, CRM, KPI"], "it") == {}
    assert foreign_words(["Control room", "Re-order portal", "ERP, CRM, KPI"], "en") == {}
