"""Every substring of two or more characters of every title is found: the regression set."""

import unicodedata
import uuid

import opencc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.search.engine import IndexEntry, Reach, SearchRequest
from lantai.search.language import Clause, Question, parse

from .engines import filled
from .sites import EITHER

EVERYTHING = (Reach(),)
TITLES = (
    "关于成立“围垦工程”指挥部的通知（附名单）",
    "東嶼縣人民委員會關於調整一九五八年度糧食統購任務的批覆",
    "中共東嶼縣委、縣人委《關於大辦農業、大辦糧食的指示》[1960]12號",
    "民國卅六年漁會會員名冊・第2卷〔殘〕",
    "Ｚ０３７－ＷＳ１９５８年度第０４２號文書處理箋",
    "关于印发《K12教育信息化2.0行动计划》的函",
    "光緒廿六年三月初五日護塘碑記拓片（乾隆版乾隆字）",
    "行政院祕書處電：據呈報甯波防務情形，仰即知照",
    "羣眾來信——關於峯山林權爭議（含地圖3張，1∶5000）",
    "沿著海塘兩岸著名古蹟調查 A-1·B/2",
    "㈱東嶼製氷所㎡地籍測量①②③册",
    "知識青年上山下鄉安置費㊙預算表 No.7",
    "鄧麗君、周 恩 來 等同志題詞",
    "𠮷田商店与𪚥堂往来账（1949-10-01～1950.3）",
    "2023年东屿市“最多跑一次”改革工作总结!!!",
    "関東州鉄道附属地沢村氏書簡",
    "Ångström émigré 檔案 café 目錄",
    "葛\U000e0100城縣志 卷之一",
    "后来居上：发展与頭髮、皇后与前後、干部与乾湿、里外与公里",
    "OR 与 NOT 之类的词 -也要查到 年:度",
)


def entries(titles):
    return [IndexEntry(str(uuid.UUID(int=n + 1)), title) for n, title in enumerate(titles)]


@pytest.fixture(scope="module", params=EITHER)
def engine(request, tmp_path_factory):
    for engine in request.param(tmp_path_factory.mktemp("recall")):
        engine.write(entries(TITLES))
        yield engine


@pytest.fixture(scope="module", params=EITHER)
def another_engine(request, tmp_path_factory):
    yield from request.param(tmp_path_factory.mktemp("rare"))


def normalised(title):
    """As the standard has it: NFKC, simplified by phrases, small letters; punctuation kept and dropped."""
    simple = opencc.OpenCC("t2s").convert(unicodedata.normalize("NFKC", title)).lower()
    return {simple, title, "".join(filter(str.isalnum, simple))}


def stretches(text):
    for start in range(len(text)):
        for stop in range(start + 2, min(len(text), start + 9) + 1):
            if sum(map(str.isalnum, text[start:stop])) >= 2:
                yield text[start:stop]
    yield text


@pytest.mark.requirement("S28")
@pytest.mark.parametrize("number", range(len(TITLES)))
def test_every_stretch_of_a_title_finds_it(engine, number):
    wanted = str(uuid.UUID(int=number + 1))
    missed = []
    for part in {part for form in normalised(TITLES[number]) for part in stretches(form)}:
        request = SearchRequest(
            Question(((Clause(part, "title"),),)), EVERYTHING, size=len(TITLES), facets=()
        )
        if wanted not in {hit.record_id for hit in engine.search(request).hits}:
            missed.append(part)
    assert missed == []


@pytest.mark.requirement("S28")
def test_a_stretch_typed_into_the_box_finds_its_title(engine):
    missed = []
    for number, title in enumerate(TITLES[:-1]):  # the last one is written to be mistaken for a query
        for part in stretches(min(normalised(title), key=len)):  # without punctuation
            request = SearchRequest(parse(part), EVERYTHING, size=len(TITLES), facets=())
            if str(uuid.UUID(int=number + 1)) not in {hit.record_id for hit in engine.search(request).hits}:
                missed.append(part)
    assert missed == []


PUNCTUATION = " 　·—、，。：（）《》“”〔〕-/!?"
HAN = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAD9), (0x20000, 0x2A6DF), (0x2A700, 0x2EBE0)]
LATE = [(0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x323AF), (0xE000, 0xF8FF)]
"""Extensions I, G and H, compatibility forms above, and the private area: what Python may not know."""
LETTERS = st.one_of(
    *(st.integers(low, high).map(chr) for low, high in HAN + LATE),
    st.sampled_from("关于通知Ａｚ９〇々㈱峯羣"),
)
RARE = st.lists(LETTERS | st.sampled_from(PUNCTUATION), min_size=4, max_size=12).map("".join)


@pytest.mark.requirement("S28")
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(titles=st.lists(RARE, min_size=25, max_size=25))
def test_every_stretch_of_a_title_of_the_rarest_characters_finds_it(another_engine, titles):
    engine = filled(another_engine, entries(titles))
    missed = []
    for number, title in enumerate(titles):
        for form in {title, unicodedata.normalize("NFKC", title)}:
            for start in range(len(form) - 1):
                part = form[start : start + 2 + start % 3]
                if sum(letter not in PUNCTUATION and letter not in "()[]," for letter in part) < 2:
                    continue
                asked = Question(((Clause(part, "title"),),))
                found = engine.search(SearchRequest(asked, EVERYTHING, size=len(titles), facets=()))
                if str(uuid.UUID(int=number + 1)) not in {hit.record_id for hit in found.hits}:
                    missed.append((title, part))
    assert missed == []
