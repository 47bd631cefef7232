import time
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.core.adapters import lunar
from lantai.core.dates import LONGEST, Certainty, parse_date
from lantai.core.eras import ERAS
from lantai.core.errors import Invalid
from lantai.core.numerals import read_numeral

DATES = """
1958-03-05                    1958-03-05 1958-03-05 exact
1958-3-5                      1958-03-05 1958-03-05 exact
1958/3/5                      1958-03-05 1958-03-05 exact
1958.3.5                      1958-03-05 1958-03-05 exact
19580305                      1958-03-05 1958-03-05 exact
1958年3月5日                  1958-03-05 1958-03-05 exact
1958年03月05日                1958-03-05 1958-03-05 exact
１９５８年３月５日            1958-03-05 1958-03-05 exact
1958年3月5号                  1958-03-05 1958-03-05 exact
公元1958年3月5日              1958-03-05 1958-03-05 exact
一九五八年三月五日            1958-03-05 1958-03-05 exact
一九五八年十一月三日          1958-11-03 1958-11-03 exact
一九五八年十二月三十一日      1958-12-31 1958-12-31 exact
二〇〇八年八月八日            2008-08-08 2008-08-08 exact
二○○八年八月八日            2008-08-08 2008-08-08 exact
二零零八年八月廿八日          2008-08-28 2008-08-28 exact
2000-02-29                    2000-02-29 2000-02-29 exact
1958.3                        1958-03-01 1958-03-31 month
1958-03                       1958-03-01 1958-03-31 month
195803                        1958-03-01 1958-03-31 month
19580300                      1958-03-01 1958-03-31 month
1958年3月                     1958-03-01 1958-03-31 month
1958年2月份                   1958-02-01 1958-02-28 month
1958                          1958-01-01 1958-12-31 year
19580000                      1958-01-01 1958-12-31 year
一九五八年                    1958-01-01 1958-12-31 year
一九五八                      1958-01-01 1958-12-31 year
民国三十八年                  1949-01-01 1949-12-31 year
民國三十八年                  1949-01-01 1949-12-31 year
中华民国三十八年              1949-01-01 1949-12-31 year
民国卅八年                    1949-01-01 1949-12-31 year
中華民國叁拾捌年五月            1949-05-01 1949-05-31 month
永樂三年                      1405-02-09 1406-01-28 year
壹玖伍捌年叁月                  1958-03-01 1958-03-31 month
民国38年                      1949-01-01 1949-12-31 year
民国元年                      1912-01-01 1912-12-31 year
民国38年5月                   1949-05-01 1949-05-31 month
民国元年正月                  1912-01-01 1912-01-31 month
民国三十八年五月三日          1949-05-03 1949-05-03 exact
民国38.5.3                    1949-05-03 1949-05-03 exact
民国一百零三年                2014-01-01 2014-12-31 year
康德三年五月                  1936-05-01 1936-05-31 month
光绪廿六年三月初五            1900-04-04 1900-04-04 exact
光緒二十六年三月初五日        1900-04-04 1900-04-04 exact
光绪26年3月5日                1900-04-04 1900-04-04 exact
清光绪二十六年（庚子）三月初五 1900-04-04 1900-04-04 exact
光绪庚子年                    1900-01-31 1901-02-18 year
光绪二十六年                  1900-01-31 1901-02-18 year
光绪二十六年八月              1900-08-25 1900-09-23 month
光绪二十六年闰八月            1900-09-24 1900-10-22 month
光绪二十六年閏八月初一        1900-09-24 1900-09-24 exact
宣统三年                      1911-01-30 1912-02-17 year
宣統三年八月十九              1911-10-10 1911-10-10 exact
宣统三年十二月廿五            1912-02-12 1912-02-12 exact
宣统三年腊月廿五日            1912-02-12 1912-02-12 exact
道光二十二年七月廿四日        1842-08-29 1842-08-29 exact
咸豐元年正月初一              1851-02-01 1851-02-01 exact
同治元年                      1862-01-30 1863-02-17 year
崇祯十七年三月十九            1644-04-25 1644-04-25 exact
1958年农历三月初五            1958-04-23 1958-04-23 exact
农历一九五八年三月初五        1958-04-23 1958-04-23 exact
[19450815]                    1945-08-15 1945-08-15 inferred
［1945］                      1945-01-01 1945-12-31 inferred
〔民国三十四年八月〕          1945-08-01 1945-08-31 inferred
[1945?]                       1945-01-01 1945-12-31 inferred
约1950年                      1950-01-01 1950-12-31 inferred
1950年前后                    1950-01-01 1950-12-31 inferred
1958年底                      1958-01-01 1958-12-31 inferred
1955..1965                    1955-01-01 1965-12-31 range
1955-1965                     1955-01-01 1965-12-31 range
1955/1965                     1955-01-01 1965-12-31 range
1955~1965                     1955-01-01 1965-12-31 range
1955——1965                    1955-01-01 1965-12-31 range
1958.3—1959.1                 1958-03-01 1959-01-31 range
1958-03-05-1959-01-02         1958-03-05 1959-01-02 range
19580305-19590102             1958-03-05 1959-01-02 range
1958年3月5日至8日             1958-03-05 1958-03-08 range
1958年3月5日至4月2日          1958-03-05 1958-04-02 range
1958年3月至5月                1958-03-01 1958-05-31 range
1958年3月至1959年2月          1958-03-01 1959-02-28 range
民国三十六年至三十八年        1947-01-01 1949-12-31 range
民国三十六年五月至三十八年二月 1947-05-01 1949-02-28 range
民国三十八年至1950年          1949-01-01 1950-12-31 range
光绪三十四年至宣统三年        1908-02-02 1912-02-17 range
光绪廿六年三月初五至初八      1900-04-04 1900-04-07 range
[1955-1958]                   1955-01-01 1958-12-31 inferred
[1955]-[1958]                 1955-01-01 1958-12-31 inferred
1950年代                      1950-01-01 1959-12-31 range
二十世纪五十年代              1950-01-01 1959-12-31 range
1958年春                      1958-03-01 1958-05-31 range
1958年冬季                    1958-12-01 1959-02-28 range
光绪三十年春                  1904-02-16 1904-05-14 range
光绪三十年冬                  1904-11-07 1905-02-03 range
1958年上半年                  1958-01-01 1958-06-30 range
1958年第四季度                1958-10-01 1958-12-31 range
1958年2月下旬                 1958-02-21 1958-02-28 range
1958-03-05 12:30:00           1958-03-05 1958-03-05 exact
1958-03-05T00:00:00+08:00     1958-03-05 1958-03-05 exact
不详                          0001-01-01 9999-12-31 unknown
"""

IMPOSSIBLE = """
1958-13-40 1958-02-30 1958-00-05 19581301 19580230 19580005 1958年13月 一九五八年二月三十日 1958年3月32日
0000 0000-01-01 58年 五八年三月 甲子年 光绪四十年 光绪三十五年 光绪三十年闰五月 民国三十八年闰三月
同治十三年腊月三十 光绪二十六年(辛丑) 光绪甲丑年 1965-1955 民国三十八年至三十六年 1958年3月8日至5日 1955-65
1958至今 至1958 1955--1960--1965 昨天 去年春 1958年代春 1958年3月春 1958年3月5日上旬 宣统十年 [ [1958]] 1958年月 ２９９９９年
1958年上旬 1958年月底 ~ - / . .. 年 月 日 [] 民国零年 民国 光绪
"""


@pytest.mark.parametrize("line", DATES.strip().splitlines())
def test_a_date_is_read_to_its_interval(line):
    text, start, end, certainty = line.rsplit(maxsplit=3)
    found = parse_date(text)
    assert (found.start.isoformat(), found.end.isoformat(), found.certainty) == (start, end, certainty)
    assert found.text == text


@pytest.mark.parametrize("text", IMPOSSIBLE.split())
def test_what_cannot_be_a_date_is_refused_with_a_remedy(text):
    with pytest.raises(Invalid) as refused:
        parse_date(text)
    assert refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize("text", ["", "   ", "不详", "日期不详", "待考"])
def test_an_unknown_date_spans_all_time(text):
    found = parse_date(text)
    assert found.certainty is Certainty.UNKNOWN
    assert (found.start, found.end) == (date.min, date.max)
    assert found.describe() == "日期不详"


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("民国三十八年五月", "1949年5月"),
        ("光绪廿六年三月初五", "1900年4月4日"),
        ("光绪廿六年", "1900年1月31日至1901年2月18日"),
        ("[19450815]", "约1945年8月15日"),
        ("民国三十六年至三十八年", "1947年至1949年"),
    ],
)
def test_an_interval_is_described_in_gregorian_words(text, described):
    assert parse_date(text).describe() == described


DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(2200, 12, 31))
CHINESE = "〇一二三四五六七八九"


def counted(number):
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else CHINESE[tens] + "十") + (
        CHINESE[ones] if ones else ""
    )


def positional(number):
    return "".join(CHINESE[int(digit)] for digit in str(number))


@given(DAYS)
def test_every_way_of_writing_a_day_is_read_as_that_day(day):
    for text in (
        day.isoformat(),
        day.strftime("%Y%m%d"),
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{positional(day.year)}年{counted(day.month)}月{counted(day.day)}日",
    ):
        found = parse_date(text)
        assert (found.start, found.end, found.certainty) == (day, day, Certainty.EXACT), text


@given(DAYS, st.integers(0, 20_000))
def test_a_description_is_read_back_as_the_same_interval(start, days):
    end = start + timedelta(days=days)
    described = parse_date(f"{start.isoformat()}至{end.isoformat()}").describe()
    again = parse_date(described)
    assert (again.start, again.end) == (start, end)


@given(st.integers(1, 34), st.integers(1, 12), st.integers(1, 29))
def test_lunar_days_of_an_era_follow_each_other(year, month, day):
    months = {1: "正", 11: "冬", 12: "腊"}
    written = ("初" if day <= 10 else "") + counted(day)
    text = f"光绪{counted(year) if year > 1 else '元'}年{months.get(month, counted(month))}月{written}"
    found = parse_date(text)
    assert found.start == found.end == lunar.to_gregorian(1874 + year, month, 1) + timedelta(days=day - 1)


def test_eras_of_one_house_follow_each_other_without_gaps():
    lunar_eras = sorted(
        {era for era in ERAS.values() if era.lunar and era.first >= 1644}, key=lambda era: era.first
    )
    for earlier, later in pairwise(lunar_eras):
        assert earlier.first + earlier.years == later.first, (earlier.name, later.name)


PIECES = st.sampled_from(
    [
        *"0123456789年月日至-./~[]()?约闰初正冬腊春夏廿卅十〇一二三五八元",
        "民国",
        "光绪",
        "宣统",
        "1958",
        "农历",
        "上旬",
        "季度",
        "..",
    ]
)


@given(st.one_of(st.text(max_size=LONGEST), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_gives_an_interval_or_invalid(text):
    try:
        found = parse_date(text)
    except Invalid:
        return
    assert found.start <= found.end


@pytest.mark.parametrize(
    "text",
    [
        "1-" * 100,
        "一" * 200,
        "[" * 200,
        "1958年" * 50,
        "初" * 200,
        "民国" * 100,
        "约" * 200,
        "?" * 200,
        "1958.3-" * 28,
        "十" * 200,
    ],
)
def test_hostile_texts_are_refused_at_once(text):
    began = time.perf_counter()
    with pytest.raises(Invalid):
        parse_date(text)
    assert time.perf_counter() - began < 0.1


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(Invalid, match="过长"):
        parse_date("1" * (LONGEST + 1))


@given(st.integers(1, 99))
def test_counted_numerals_are_read(number):
    assert read_numeral(counted(number)) == number


@pytest.mark.parametrize(
    "text", ["", "十百", "〇十", "一十百", "十〇", "三四十", "廿十", "12345", "一二三四五", "甲", "百"]
)
def test_what_is_no_numeral_is_not_read(text):
    assert read_numeral(text) is None
