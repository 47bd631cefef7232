"""What people type, and what it is taken to mean."""

from datetime import date

import pytest

from lantai.core.errors import Invalid
from lantai.search import synonyms
from lantai.search.engine import IndexEntry, Reach, SearchRequest
from lantai.search.language import MAX_WAYS, Question, parse
from lantai.search.truth import matcher, scan

RECORD = IndexEntry(
    record_id="0" * 36,
    title="东屿县人民委员会关于蒋玉兰等知识青年“上山下乡”安置办法的通知",
    reference_code="Z037-WS·1963-Y-BGS-0042",
    responsible="东屿县人民委员会",
    document_number="东人〔1963〕38号",
    date_start=date(1963, 3, 5),
    date_end=date(1963, 3, 5),
    pages=("附：王永山、单雄信。\n共十二人",),
)


def meets(query, entry=RECORD):
    return matcher(SearchRequest(parse(query), (Reach(),)))(scan(entry))


@pytest.mark.requirement("S28")
@pytest.mark.parametrize(
    ("query", "met"),
    [
        ("知青", True),  # synonym
        ('"知青"', False),  # quoted: as it stands
        ("青年上山下乡", True),  # quotation marks do not part words
        ("知識青年上山下鄉", True),
        ("ｊｉａｎｇｙｕｌａｎ", True),
        ("jiangyulan", True),
        ("jiǎngyùlán", True),
        ("jiang3yu4lan2", True),
        ("jiang yu lan", True),
        ("Jiang Yulan", True),
        ("jiang yu lin", False),
        ("jiang'yu'lan", True),
        ("jiangyulin", False),
        ("shanxiongxin", False),  # names in texts are not looked for by sound
        ("题名:jiangyulan", True),
        ("责任者:dongyuxian", True),
        ("王?山", True),
        ("王?信", False),
        ("东屿*办法", True),
        ("题名:东屿*名册", False),
        ("档号:Z037*0042", True),
        ("Z037·WS-1963", True),
        ("BGS-0042", True),
        ("0042", True),
        ("文号:东人[1963]38", True),
        ("1960..1965", True),
        ("1960-1965", True),
        ("六十年代", True),
        ("1963年3月", True),
        ("1963年4月", False),
        ("建国初期", False),
        ("民国三十六年", False),
        ("年:1963", True),
        ("年度:1964..", False),
        ("知青 -通知", False),
        ("知青 NOT 决定", True),
        ("NOT 决定", True),
        ("非 知青 NOT 决定", True),
        ("NOT 通知", False),
        ("-决定 -通知", False),
        ("海塘 OR 知青", True),
        ("海塘 | 盐场", False),
        ("知青 AND 通知", True),
        ("知青 且 海塘", False),
        ("知青 AND NOT 通知", False),
        ("AND", False),
        ("海塘 ＯＲ 知青", True),
        ("王？山", True),
        ("王？信", False),
        ("东屿＊办法", True),
        ("“王？山”", False),
        ("共十二人", True),
        ("山单", True),  # nor does a list mark
    ],
)
def test_a_query_means_what_people_mean(query, met):
    assert meets(query) is met


def test_names_in_letters_stay_apart_and_words_of_one_syllable_come_together():
    typed = ["lin lan", "linlan jiangyulan", "wang hai 1958", '"lin" lan', "lv", "吕 lǚ", "k12 an"]
    assert [len(parse(query).groups) for query in typed] == [1, 2, 2, 2, 1, 2, 2]


@pytest.mark.parametrize("letter", ["\U0002ebf0", "\U00031350", "\U00030729", "\U0002a6a5", "\ue5e5", "㐀"])
def test_the_rarest_characters_of_names_are_told_apart(letter):
    named = RECORD._replace(title=f"关于王{letter}任职的通知")
    assert meets(f"王{letter}任职", named)
    assert meets(f"王{letter}", named)
    assert not meets("王任职", named)
    assert not meets(f"王{letter}任职")


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("民国三十六年", (1947, 1, 1), (1947, 12, 31)),
        ("中華民國三十六年", (1947, 1, 1), (1947, 12, 31)),
        ("民国叁拾陆年", (1947, 1, 1), (1947, 12, 31)),
        ("民国貳拾年..民国叁拾年", (1931, 1, 1), (1941, 12, 31)),
        ("壹玖伍捌年", (1958, 1, 1), (1958, 12, 31)),
        ("光绪年间", (1875, 1, 1), (1908, 12, 31)),
        ("五十年代", (1950, 1, 1), (1959, 12, 31)),
        ("文革时期", (1966, 1, 1), (1976, 12, 31)),
        ("1958-03-05", (1958, 3, 5), (1958, 3, 5)),
        ("民国二十年..民国三十年", (1931, 1, 1), (1941, 12, 31)),
        ("1965..1955", (1955, 1, 1), (1965, 12, 31)),
    ],
)
@pytest.mark.requirement("S28")
def test_a_span_of_time_is_known_by_any_of_its_names(typed, since, until):
    [[clause]] = parse(typed).groups
    assert (clause.since, clause.until) == (date(*since), date(*until))


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("围" * 501, "太长"),
        ("垦 " * 33, "太多"),
        ("***", "通配符"),
        ("！？——", "标点"),
        ("年:去年", "年份"),
        ("海 -围*", "*"),
    ],
)
def test_what_cannot_be_asked_is_said_with_its_remedy(query, says):
    with pytest.raises(Invalid) as refused:
        parse(query)
    assert says in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize(
    "query",
    [
        '"围垦', "((((", "'; DROP TABLE records; --", "题名:题名:", "- - -围", "OR OR OR 垦", "[a-z]*(", "\x00围垦", "🙂垦",
        "a" * 500, "?" * 300 + "垦" + "?" * 190, "垦*" * 200, "围…", "xi" * 250, "𠮷野𪚥", "..2", "~", "NOT", "年", "٣垦",
    ],
)  # fmt: skip
def test_nothing_typed_breaks_the_language(query):
    try:
        question = parse(query)
    except Invalid as error:
        question, remedy = Question(), error.remedy
    else:
        remedy = "none needed"
    assert remedy
    assert all(len(group) <= MAX_WAYS for group in question.groups)


def test_a_lone_word_after_a_dash_is_looked_for():
    assert parse("-草案").groups == parse("草案").groups


def test_an_archive_adds_its_own_synonyms(tmp_path, monkeypatch):
    monkeypatch.setattr(synonyms, "home", lambda: tmp_path)
    assert not meets("插场知识分子")
    (tmp_path / "synonyms.toml").write_text('group = [["插场知识分子", "知识青年"]]', encoding="utf-8")
    assert meets("插场知识分子")
    (tmp_path / "synonyms.toml").write_text("group = [[1]]", encoding="utf-8")
    with pytest.raises(Invalid, match="同义词表"):
        parse("知青")
