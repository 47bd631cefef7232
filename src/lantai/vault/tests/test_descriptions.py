"""``record.xml`` loses nothing and ``premis.xml`` is PREMIS."""

import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from lantai.core.digests import digest_bytes
from lantai.core.errors import Invalid
from lantai.core.identifiers import new_id
from lantai.core.ports import Shared
from lantai.vault.descriptions import element_titles
from lantai.vault.premis import EventFacts, FileFacts, Rights, read_events, read_files, write_premis
from lantai.vault.record_xml import RecordWriter, read_records

from .test_ocfl import CORPORA

ID = UUID("01930000-0000-7000-8000-000000000001")
text = st.text("aM2<&>\"' \r\n\t\x00\x1f\ud800\ufffe\u0085档案𠮷", max_size=8)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=12
)
parts = st.dictionaries(
    st.from_regex("[a-z]{1,8}", fullmatch=True), st.dictionaries(text, values, max_size=4)
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(parts)
def test_any_json_value_comes_back_as_it_was(described):
    written = RecordWriter({}).record(ID, described)
    assert list(read_records(io.BytesIO(written))) == [(ID, described)]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(parts, max_size=4))
def test_a_segment_gives_back_each_entry(described):
    entries = [(new_id(), part) for part in described]
    written = b"".join(RecordWriter({}).segment(ID, entries))
    assert list(read_records(io.BytesIO(written))) == entries


def test_order_of_members_does_not_change_the_bytes():
    one = {"records": {"metadata": {"M10": "a", "M2": "b"}}}
    other = {"records": {"metadata": {"M2": "b", "M10": "a"}}}
    writer = RecordWriter({})
    written = writer.record(ID, one)
    assert written == writer.record(ID, other)
    assert written.index(b"M2") < written.index(b"M10")


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(text, values, max_size=4), st.dictionaries(text, values, max_size=4))
def test_what_records_share_is_written_as_if_it_were_their_own(common, other):
    """Also at another place, under another name, and beside an object with other members."""
    writer = RecordWriter({"M1": "层次", "a/M1": "别名"})
    shared, second = Shared(common), Shared(other)
    described = {"p": {"a": shared, "list": [shared, second, {"a": second}], "M1": shared}}
    plain = {"p": {"a": common, "list": [common, other, {"a": other}], "M1": common}}
    assert writer.record(ID, described) == writer.record(ID, described) == writer.record(ID, plain)


@pytest.mark.requirement("Z35")
def test_elements_are_readable_with_code_and_chinese_name():
    described = {"records": {"record": {"title": "关于𠮷祥街的通知", "metadata": {"M31": "云发〔2024〕3号"}}}}
    written = RecordWriter(element_titles()).record(ID, described).decode()
    assert '<value name="M31" title="文件编号">云发〔2024〕3号</value>' in written
    assert 'name="title" title="M22 题名">关于𠮷祥街的通知<' in written


def test_entities_are_not_resolved(tmp_path):
    (tmp_path / "secret").write_text("secret")
    hostile = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    hostile += f'<record xmlns="urn:lantai:record:1" id="{ID}"><part key="p"><value name="v">&x;</value></part></record>'
    try:
        [(_id, found)] = read_records(io.BytesIO(hostile.encode()))
    except Invalid:
        return
    assert "secret" not in str(found)


def test_what_is_not_a_description_is_refused():
    with pytest.raises(Invalid):
        list(read_records(io.BytesIO(b"<record")))


FILES = [
    FileFacts("documents/1.pdf", digest_bytes(b"x"), "正文.pdf".encode(), "PDF/A", "fmt/95"),
    FileFacts("documents/2.doc", digest_bytes(b"y"), "纪要.doc".encode("gb18030"), "", ""),
    FileFacts("record.xml", digest_bytes(b"z"), b"", "XML", "fmt/101"),
]
EVENTS = [
    EventFacts(new_id(), "ingestion", datetime(2026, 11, 21, 8, tzinfo=UTC), "system", "system", "success", ""),
    EventFacts(new_id(), "fixity check", datetime(2026, 11, 22, 8, tzinfo=UTC), str(ID), "clerk+x", "fail",
               "内容 <损坏> & 缺失", "use"),
]  # fmt: skip


def premis():
    return b"".join(write_premis(f"urn:uuid:{ID}", "题名 & <x>", FILES, EVENTS, Rights("未审核", "")))


def test_files_and_events_come_back_with_names_byte_for_byte():
    assert list(read_files(io.BytesIO(premis()))) == [
        FILES[0],
        FileFacts("documents/2.doc", FILES[1].digests, FILES[1].original_name, "unknown", ""),
        FILES[2],
    ]
    assert list(read_events(io.BytesIO(premis()))) == EVENTS


def test_premis_is_valid_against_its_schema():
    schema = next(CORPORA.glob("eark-ip-test-corpus/CSIP/CSIP47/valid/*/schemas/premis-v3-0.xsd"), None)
    if schema is None:
        pytest.skip(f"the PREMIS 3.0 schema is not under {CORPORA}; set LANTAI_CORPORA")
    document = etree.fromstring(premis())
    parser = etree.XMLParser(no_network=True)
    try:
        rules = etree.XMLSchema(etree.parse(str(schema), parser))
    except etree.XMLSchemaParseError as error:
        pytest.skip(f"the schema imports others that are not here: {error}")
    rules.assertValid(document)
