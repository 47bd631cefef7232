"""Reference codes are made and read by templates, both ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.errors import Invalid
from lantai.records import codes
from lantai.records.codes import (
    _NORMAL,
    class_code,
    code_templates,
    format_code,
    normalise_code,
    parse_code,
    recognise_code,
    template_segments,
)
from lantai.records.terms import categories

EXAMPLES = {
    "Z109-WS·2011-Y-BGS-0001": ("dat22.item.unit", {"unit": "BGS", "item": 1, "year": 2011}),
    "A182-WS·2022-Y-XZ-0001": ("dat22.item.unit", {"fonds": "A182", "unit": "XZ"}),
    "J001-WS·2022-Y-0001": ("dat22.item", {"retention": "Y", "item": 1}),
    "A182-SW·JB·2022-Y-0001": ("dat22.item.class", {"category": "SW", "class2": "JB"}),
    "J001-KJ·JJ·2022-Y-001-0001": ("dat22.volume_item.class", {"volume": 1, "item": 1}),
    "A439-WS·2015·D30·003-005": ("dat13.item.unit_short", {"unit": "003", "item": 5}),
    "Z109-WS·2011·Y·办公室-0001": ("dat13.item.unit", {"unit": "办公室"}),
    "Z008-WS·2019·Y-037": ("dat13.item", {"item": 37}),
    "J019-LY·2019·Y-001": ("dat13.item", {"category": "LY"}),
    "C015-WY·TZGG·2019·D10-00001": ("dat13.item.class", {"class2": "TZGG", "retention": "D10"}),
    "B168-SW·2015·Y-001": ("dat13.item", {"year": 2015}),
    "J019-ZY·JC·CC·2019·D30-001-001": ("dat13.volume_item.class3", {"class2": "JC", "class3": "CC"}),
    "J019-KU·01·2017-001-001": ("dat13.volume_item.class", {"class2": "01", "volume": 1}),
    "A002-RS-001-002": ("dat13.volume_item", {"volume": 1, "item": 2}),
    "X032-KJ·KY·01-003": ("dat13.item.project", {"project": "01", "item": 3}),
    "X032-KJ·JJ·02-005-054": ("dat13.project_volume_page", {"project": "02", "volume": 5, "page": 54}),
    "K021-ZP·2019·D30-025-005": ("dat13.group_photo", {"group": 25, "item": 5}),
    "C038-001-002-003": ("dat13.volume_item.catalogue", {"catalogue": "001", "volume": 2, "item": 3}),
}

segment_values = {
    "fonds": st.from_regex(r"([A-Z][0-9]{3}|[0-9]{1,4})", fullmatch=True),
    "category": st.sampled_from(sorted(categories())),
    "class2": st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True),
    "class3": st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True),
    "class4": st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True),
    "catalogue": st.from_regex(r"[0-9]{1,4}", fullmatch=True),
    "project": st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True),
    "year": st.integers(1800, 2099),
    "retention": st.sampled_from(["Y", "长期", "短期"]) | st.integers(1, 999).map(lambda years: f"D{years}"),
    "unit": st.text(
        st.sampled_from("ABXYZ0189") | st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF),
        min_size=1,
        max_size=20,
    ),
}


def parts_for(template, width=None):
    values = {}
    segments = template_segments(template)
    for segment in segments:
        digits = width if width and segment is segments[-1] else segment.width
        number = st.integers(1, 10 ** (digits or 6) - 1)
        values[segment.name] = segment_values.get(segment.name, number)
    return st.fixed_dictionaries(values)


@pytest.mark.requirement("DA/T 13-2022")
@pytest.mark.parametrize("code", EXAMPLES)
def test_each_published_example_is_read_and_made_again(code):
    template, expected = EXAMPLES[code]
    parts = parse_code(template, code)
    assert expected.items() <= parts.items()
    assert format_code(template, parts) == code


@pytest.mark.parametrize("template", code_templates().values(), ids=lambda template: template.key)
def test_the_examples_of_every_template_follow_it(template):
    assert template.examples
    for example in template.examples:
        assert format_code(template.key, parse_code(template.key, example)) == example


@pytest.mark.parametrize("key", code_templates())
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_code_gives_back_the_parts_it_was_made_of(key, data):
    width = data.draw(st.sampled_from([None, 3, 4, 5, 6]))
    parts = data.draw(parts_for(key, width))
    code = format_code(key, parts, number_width=width)
    assert parse_code(key, code, number_width=width) == parts


@pytest.mark.parametrize("key", code_templates())
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_points_and_dashes_of_other_kinds_are_read_as_the_standard_ones(key, data):
    parts = data.draw(parts_for(key))
    code = format_code(key, parts)
    point = data.draw(st.sampled_from(".．•・"))
    dash = data.draw(st.sampled_from("－–—"))
    typed = f" {code.replace('·', point).replace('-', dash)} "
    assert normalise_code(typed) == code
    assert parse_code(key, typed) == parts


def test_what_is_taken_as_it_is_has_nothing_to_be_normalised():
    plain = "J300-WS·2011-Y-办公室-0001"
    for point in range(0x110000):
        character = chr(point)
        text = f"{plain}{character}"
        assert normalise_code(text) == "".join(text.split()).translate(_NORMAL), hex(point)


@pytest.mark.parametrize("key", code_templates())
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_two_different_sets_of_parts_never_share_a_code(key, data):
    one, other = data.draw(parts_for(key)), data.draw(parts_for(key))
    assert (format_code(key, one) == format_code(key, other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("ZZ09-WS·2011-Y-BGS-0001", "全宗号"),
        ("Z109-KK·2011-Y-BGS-0001", "门类代码"),
        ("Z109-WS·11-Y-BGS-0001", "年度"),
        ("Z109-WS·2011-X-BGS-0001", "保管期限代码"),
        ("Z109-WS·2011-永久-BGS-0001", "保管期限代码"),
        ("Z109-WS·2011-D0-BGS-0001", "保管期限代码"),
        ("Z109-WS·2011-Y-bgs-0001", "机构（问题）代码"),
        ("Z109-WS·2011-Y-BGS-001", "件号"),
        ("Z109-WS·2011-Y-BGS-00001", "件号"),
        ("Z109-WS·2011-Y-BGS-0000", "件号"),
        ("Z109-WS·2011-Y-BGS-٠٠٠١", "件号"),
        ("Z109-WS·2011·Y-BGS-0001", "年度"),
        ("Z109-WS·2011-Y-BGS-0001-1", "件号"),
        ("Z109-WS·2011-Y--0001", "机构（问题）代码"),
        ("Z109-WS·2011-Y-BGS-", "件号"),
        ("", "全宗号"),
    ],
)
def test_a_wrong_code_is_refused_and_the_segment_named(text, segment):
    with pytest.raises(Invalid) as error:
        parse_code("dat22.item.unit", text)
    assert segment in error.value.message


def test_a_code_that_can_be_read_two_ways_is_refused_and_both_readings_named():
    with pytest.raises(Invalid) as error:
        recognise_code("Z109-WS·2011-Y-D30-0001")
    assert "机构（问题）代码" in error.value.message
    assert "dat22.item.unit_first" in error.value.remedy


def test_an_unambiguous_code_finds_its_template():
    template, parts = recognise_code("J019-ZY．JC．CC．2019．D30－001－001")
    assert template.key == "dat13.volume_item.class3"
    assert parts["retention"] == "D30"


def test_a_number_too_long_for_its_width_says_where_to_widen_it():
    parts = {"fonds": "J001", "category": "WS", "year": 2024, "retention": "Y", "item": 10000}
    with pytest.raises(Invalid, match="4 位") as error:
        format_code("dat22.item", parts)
    assert "位数" in error.value.remedy
    assert format_code("dat22.item", parts, number_width=5) == "J001-WS·2024-Y-10000"


def test_the_lowest_class_and_the_volume_are_prefixes_of_the_code():
    parts = parse_code("dat22.volume_item.class", "J001-KJ·JJ·2022-Y-012-0003")
    assert class_code("dat22.volume_item.class", parts) == "J001-KJ·JJ·2022-Y-012"
    assert class_code("dat22.volume_item.class", parts, before="volume") == "J001-KJ·JJ·2022-Y"
    assert format_code("dat22.volume_item.class", parts, through="volume") == "J001-KJ·JJ·2022-Y-012"


@pytest.mark.parametrize(
    "text",
    ["{fonds}{item:4}", "{fonds}-{fonds}-{item:4}", "{nothing}-{item:4}", "{fonds}-{item:4}-", "x{item:4}",
     "{item:4", "{fonds}-{year}", "{fonds}/{item:4}"],
)  # fmt: skip
def test_a_badly_written_template_is_refused(text):
    with pytest.raises(Invalid):
        template_segments(text)


def test_templates_are_edited_in_the_data_folder_without_code(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "code_templates.toml").write_text(
        '[[template]]\nkey = "own"\nname = "自定"\nstandard = ""\narrangement = "item"\n'
        'text = "{fonds}-{category}·{year}-{item:6}"\n',
        encoding="utf-8",
    )
    assert list(codes.code_templates()) == ["own"]
    assert format_code("own", {"fonds": "1", "category": "WS", "year": 2020, "item": 7}) == "1-WS·2020-000007"
