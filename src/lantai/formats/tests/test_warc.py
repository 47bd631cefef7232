import gzip
import hashlib
import io
from base64 import b32encode, b64encode
from datetime import UTC, datetime

import pytest

from lantai.formats.api import HttpExchange, iter_warc, survey_warcs, write_warc
from lantai.formats.warc.survey import _Survey

PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gb2312\r\n\r\n"
    + "<title>通知公告</title>".encode("gbk")
)
BODY = PAGE.partition(b"\r\n\r\n")[2]


def record(block=PAGE, *, kind="response", number=1, end=b"\r\n\r\n", length=None, **more):
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC-Date": "2026-03-02T01:00:00Z",
        "WARC-Target-URI": "http://www.example.gov.cn/",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block) if length is None else length),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return b"WARC/1.1\r\n" + head.encode() + b"\r\n" + block + end


def survey(tmp_path, data, name="a.warc"):
    path = tmp_path / name
    path.write_bytes(data)
    return _Survey().read(path)


def keys(facts):
    return {fault.key for fault in facts.faults}


@pytest.mark.requirement("DA/T 80-2019")
def test_pages_are_told_with_address_time_and_title(tmp_path):
    facts = survey(tmp_path, record())
    assert not facts.faults
    (page,) = facts.captures
    assert (page.uri, page.captured_at, page.title) == (
        "http://www.example.gov.cn/", "2026-03-02T01:00:00Z", "通知公告",
    )  # fmt: skip


def sha1(data, write):
    return "sha1:" + write(hashlib.sha1(data, usedforsecurity=False).digest())


@pytest.mark.parametrize(
    "write", [bytes.hex, lambda raw: b32encode(raw).decode(), lambda raw: b64encode(raw).decode()]
)
def test_digests_are_compared_however_they_are_written(tmp_path, write):
    good = record(WARC_Block_Digest=sha1(PAGE, write), WARC_Payload_Digest=sha1(BODY, write))
    assert not survey(tmp_path, good).faults
    bad = record(WARC_Block_Digest=sha1(b"x", write), WARC_Payload_Digest=sha1(b"x", write))
    assert keys(survey(tmp_path, bad)) == {"block_digest", "payload_digest"}


def test_a_payload_digest_may_be_taken_before_or_after_chunks_are_removed(tmp_path):
    chunked = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked
    for payload in (chunked, b"hello world"):
        facts = survey(tmp_path, record(block, WARC_Payload_Digest=sha1(payload, bytes.hex)))
        assert not facts.faults


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (b"<html>", "not_warc"),
        (record()[:-20], "cut"),
        (record(length=len(PAGE) - 5) + record(number=2), "bad_boundary"),
        (record(length="abc"), "bad_length"),
        (record(length=-1), "bad_length"),
        (record(WARC_Type=""), "missing_field"),
        (record(WARC_Target_URI=""), "missing_uri"),
        (record(WARC_Date="yesterday"), "bad_date"),
        (record(kind="opinion"), "unknown_type"),
        (record(WARC_Target_URI="http://a.cn/a b"), "bad_uri"),
        (record() + record(), "repeated_record_id"),
        (record(WARC_Block_Digest="crc32:1234"), "unknown_digest"),
        (record(b"no http"), "bad_http"),
        (record().replace(b"WARC-Date:", b"WARC Date "), "bad_header"),
        (record(X="y" * 70_000), "header_too_long"),
        (record() + b"WARC/3.0\r\n", "bad_version"),
        (gzip.compress(record() + record(number=2)), "not_per_record"),
        (gzip.compress(record()[:90]) + gzip.compress(record()[90:]), "not_per_record"),
        (gzip.compress(record())[:-12], "damaged_gzip"),
        (gzip.compress(record(bytes(200 * 2**20)), 9), "bomb"),
        (b"filedesc://a.arc 0.0.0.0 20260302010000 text/plain -1\n", "bad_arc"),
    ],
)
def test_faults_are_named_and_end_no_process(tmp_path, data, key):
    assert key in keys(survey(tmp_path, data))


def test_records_compressed_one_by_one_are_found_at_their_offsets(tmp_path):
    first, second = gzip.compress(record()), gzip.compress(record(number=2))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(first + second)
    assert [found.offset for found in iter_warc(path)] == [0, len(first)]
    assert not survey(tmp_path, first + second).faults


def test_what_is_written_is_read_back_and_passes_every_check(tmp_path):
    path = tmp_path / "written.warc.gz"
    at = datetime(2026, 3, 2, 1, tzinfo=UTC)
    exchange = HttpExchange(
        "https://www.example.gov.cn/a", "HTTP/1.1 200 OK",
        (("Content-Type", "text/html"), ("Transfer-Encoding", "chunked")), io.BytesIO(BODY), at,
        "GET /a HTTP/1.1", (("Host", "www.example.gov.cn"),), "192.0.2.1",
    )  # fmt: skip
    with path.open("wb") as output:
        assert write_warc(output, [exchange], filename=path.name, description={"software": "Lantai"}) == 1
    (facts,) = survey_warcs([path])
    assert (facts.records, facts.page_count, facts.software, facts.faults) == (3, 1, "Lantai", ())
    assert facts.captures[0].title == "通知公告"
