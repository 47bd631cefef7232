"""How text becomes tokens: the same however long it is and however its characters are written."""

import random
import unicodedata
from operator import add

import pytest

from lantai.search.text import (
    CODE_GRAM,
    THREE,
    bare,
    bare_all,
    bare_code,
    bare_codes,
    fold,
    is_letter,
    phrase_in_threes,
)
from lantai.search.tokens import bared_of, code_grams, pairs, threes

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
    texts = ["".join(chance.choices(letters, k=chance.randint(1, 6))) for _time in range(20_000)]
    bared = list(map(normalised_then_folded, texts))
    assert list(map(bare, texts)) == bared
    assert [one for start in range(0, 20_000, 40) for one in bare_all(texts[start : start + 40])] == bared


TEXTS = ["围垦工程建设1984abc" * times for times in (1, 7, 40)]
RARE = ["", "关", "关于", "𠮷", "\ue123", "档\0案", "ﾊﾞ（一）\u0301", "　 \n", "a" * 65]
BATCHES = [[], [""], ["", ""], TEXTS, RARE, [*RARE, *TEXTS, *reversed(RARE)], *([one] for one in RARE)]


@pytest.mark.parametrize("texts", BATCHES)
def test_texts_are_bared_and_cut_together_as_each_alone(texts):
    bared = [bare(text) for text in texts]
    assert bare_all(texts) == bared
    assert [tokens.split() for tokens in pairs(bared)] == [
        [token.strip() for token in map(add, text, text[1:] + " ")] for text in bared
    ]
    assert [bared_of(tokens) for tokens in pairs(bared)] == bared
    assert [tokens.split() for tokens in threes(bared)] == [
        [text[at : at + THREE] for at in range(len(text) - THREE + 1)] for text in bared
    ]


@pytest.mark.parametrize(
    "codes",
    [
        [],
        ["J300—WS·1975－Y-0004", "甲300 ws"],
        ["A-1", "", "B"],
        ["A\0-1", "B"],
        ["A", "B\u2028"],
        [" A", "B"],
    ],
)
def test_codes_are_bared_together_as_each_alone(codes):
    assert bare_codes(codes) == [bare_code(code) for code in codes]


def test_every_stretch_of_three_and_more_is_found_by_threes_at_their_places():
    title = bare("关于印发《围垦工程管理办法》的通知")
    standing = threes([title])[0].split()
    for start in range(len(title)):
        for stop in range(start + 1, len(title) + 1):
            found = phrase_in_threes(title[start:stop])
            assert (found is None) == (stop - start < THREE)
            if found:
                assert all(standing[start + place] == token for place, token in found.tokens)


def test_codes_are_cut_into_overlapping_fours():
    codes = ["", "j", "j00", "j300-ws-1975-y-0004", "甲300-ws", "𠮷-1"]
    for cut in (code_grams(codes), [code_grams([code])[0] for code in codes]):
        assert [tokens.split() for tokens in cut] == [
            [code[at : at + CODE_GRAM] for at in range(len(code))] for code in codes
        ]
