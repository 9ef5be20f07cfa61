"""What is looked for is marked in texts, a phrase as one."""

from registry.lib import search


def words(*alternatives: str) -> frozenset[str]:
    return frozenset(alternatives)


def test_a_phrase_is_marked_as_one_piece_and_its_words_are_not_marked_apart() -> None:
    marks = search.Marks([(words("nuoret"),), (words("young"), words("people", "persons"))])
    text = "Young people and people, nuoret; young\npersons"
    assert search.marked(text, marks) == (
        "<mark>Young people</mark> and people, <mark>nuoret</mark>; <mark>young\npersons</mark>"
    )
    assert search.snippet("people young", marks) == ""


def test_the_longest_piece_is_marked_and_a_text_keeps_its_signs() -> None:
    marks = search.Marks([(words("labour"),), (words("labour"), words("market")), (), (words(),)])
    assert search.marked("<b>Labour market</b> & labour", marks) == (
        "&lt;b&gt;<mark>Labour market</mark>&lt;/b&gt; &amp; <mark>labour</mark>"
    )


def test_what_is_marked_of_a_term_is_the_term_its_inflections_and_its_synonyms() -> None:
    term = search.Term("nuoret", ("nuoret",))
    answers = {"nuoret": {"stem": ["nuorten"]}, "young": {"stem": ["young"]}, "people": {"stem": ["people"]}}
    marks = search.Marks(search.unit_of(term, answers, [("young", "people"), ("unknown", "word")]).pieces)
    text = "nuorten young people young"
    assert search.marked(text, marks) == "<mark>nuorten</mark> <mark>young people</mark> young"
