"""How text becomes tokens: the same however long it is and however its characters are written."""

import random
import unicodedata
from operator import add

import pytest

from lantai.search.text import (
    CODE_GRAM,
    LONG,
    THREE,
    bare,
    bared_of,
    code_grams,
    fold,
    is_letter,
    pairs,
    phrase_in_threes,
    threes,
)

PLANES = (*range(0xD800), *range(0xE000, 0x10000), *range(0x10000, 0x31000, 7))
POINTS = [*map(chr, PLANES)]


def normalised_then_folded(text):
    """What ``bare`` is to come to, the long way round."""
    return "".join(filter(is_letter, fold(unicodedata.normalize("NFKC", text))))


def test_what_is_folded_folds_no_further():
    text = "".join(POINTS)
    assert fold(fold(text)) == fold(text)
    assert bare("闘争") == bare("鬭争") == bare("斗争")


def test_every_character_is_bared_alike_whatever_stands_beside_it():
    wrong = [one for one in POINTS if not bare(one) == bare(one + "，") == normalised_then_folded(one)]
    assert wrong == []


def test_sequences_are_bared_as_if_normalised_first():
    chance = random.Random(20_261_123)
    marks = [chr(point) for point in range(0x300, 0x370)]
    letters = [*"ｶﾞＡé①㎏ﬁ가각々〇（），。eE", *marks, *chance.sample(POINTS, 2_000)]
    for _time in range(20_000):
        text = "".join(chance.choices(letters, k=chance.randint(1, 6)))
        assert bare(text) == normalised_then_folded(text), ascii(text)


@pytest.mark.parametrize("length", [0, 1, 2, LONG - 1, LONG, LONG + 1, 500])
@pytest.mark.parametrize("rare", ["", "𠮷", "\ue123"])
def test_pairs_of_short_and_long_texts_are_the_same_tokens(length, rare):
    text = ("围垦工程建设1984abc" * 50)[:length] + rare
    assert pairs(text).split() == [token.strip() for token in map(add, text, text[1:] + " ")]
    assert bared_of(pairs(text)) == text
    assert threes(text).split() == [text[at : at + THREE] for at in range(len(text) - THREE + 1)]


def test_every_stretch_of_three_and_more_is_found_by_threes_at_their_places():
    title = bare("关于印发《围垦工程管理办法》的通知")
    standing = threes(title).split()
    for start in range(len(title)):
        for stop in range(start + 1, len(title) + 1):
            found = phrase_in_threes(title[start:stop])
            assert (found is None) == (stop - start < THREE)
            if found:
                assert all(standing[start + place] == token for place, token in found.tokens)


@pytest.mark.parametrize("code", ["", "j", "j00", "j300-ws-1975-y-0004", "甲300-ws", "𠮷-1"])
def test_codes_are_cut_into_overlapping_fours(code):
    assert code_grams(code).split() == [code[at : at + CODE_GRAM] for at in range(len(code))]
