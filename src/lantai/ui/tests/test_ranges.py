from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from lantai.ui.api import disposition, range_response

CONTENT = bytes(range(256)) * 3


def ask(
    content: bytes = CONTENT, method: str = "GET", name: str = "件.pdf", media="application/pdf", **headers
):
    request = RequestFactory().generic(
        method, "/file", headers={key.replace("_", "-"): value for key, value in headers.items()}
    )
    return range_response(request, lambda: io.BytesIO(content), len(content), media, name, etag="d41d8")


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_plain_get_sends_the_whole_and_announces_ranges():
    response = ask()
    assert (response.status_code, body(response)) == (200, CONTENT)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == "768"
    assert response["ETag"] == '"d41d8"'


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=700-", 700, 768),
        ("bytes=700-99999", 700, 768),
        ("bytes=-8", 760, 768),
        ("bytes=-9999", 0, 768),
        (" Bytes = 1-2 ", 1, 3),
    ],
)
def test_one_range_is_answered_exactly(header, start, end):
    response = ask(Range=header)
    assert (response.status_code, body(response)) == (206, CONTENT[start:end])
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/768"
    assert response["Content-Length"] == str(end - start)


@pytest.mark.parametrize("header", ["bytes=768-", "bytes=9999-10000", "bytes=-0"])
def test_a_range_outside_is_refused_with_the_size(header):
    response = ask(Range=header)
    assert (response.status_code, response["Content-Range"], response.content) == (416, "bytes */768", b"")


@pytest.mark.parametrize(
    "header", ["bytes=9-5", "bytes=a-b", "items=0-1", "bytes=-", "bytes=0-1,5-6", "bytes"]
)
def test_what_is_not_one_range_is_answered_with_the_whole(header):
    assert ask(Range=header).status_code == 200


def test_any_range_of_an_empty_file_is_unsatisfiable():
    assert ask(b"", Range="bytes=0-").status_code == 416
    assert ask(b"", Range="bytes=-5").status_code == 416
    assert body(ask(b"")) == b""


@given(first=st.integers(0, 900), last=st.one_of(st.none(), st.integers(0, 900)))
def test_a_range_is_the_slice_python_would_take(first, last):
    response = ask(Range=f"bytes={first}-{'' if last is None else last}")
    if last is not None and last < first:
        assert response.status_code == 200
    elif first >= len(CONTENT):
        assert response.status_code == 416
    else:
        assert body(response) == CONTENT[first : None if last is None else last + 1]


@given(st.binary(max_size=300), st.integers(1, 400))
def test_suffix_ranges_are_the_last_bytes(content, length):
    response = ask(content, Range=f"bytes=-{length}")
    assert response.status_code == (206 if content else 416)
    assert body(response) == content[-length:]


def test_if_range_with_the_same_tag_continues_and_with_another_starts_over():
    assert ask(Range="bytes=5-", If_Range='"d41d8"').status_code == 206
    assert ask(Range="bytes=5-", If_Range='"other"').status_code == 200
    assert ask(Range="bytes=5-", If_Range='W/"d41d8"').status_code == 200


@pytest.mark.django_db
def test_if_range_with_the_date_of_a_file(tmp_path: Path):
    file = tmp_path / "a.pdf"
    file.write_bytes(CONTENT)
    first = range_response(RequestFactory().get("/"), file, media_type="application/pdf")
    headers = {"Range": "bytes=1-1", "If-Range": first["Last-Modified"]}
    again = range_response(RequestFactory().get("/", headers=headers), file)
    assert (again.status_code, body(again)) == (206, CONTENT[1:2])
    first.close()
    again.close()


@pytest.mark.parametrize("tags", ['"d41d8"', 'W/"d41d8"', '"x", "d41d8"', "*"])
def test_a_known_copy_is_not_sent_again(tags):
    response = ask(If_None_Match=tags)
    assert (response.status_code, body(response), response["ETag"]) == (304, b"", '"d41d8"')


def test_head_describes_the_whole_without_sending_it():
    response = ask(method="HEAD", Range="bytes=0-1")
    assert (response.status_code, response["Content-Length"], body(response)) == (200, "768", b"")


def test_other_methods_are_refused():
    assert ask(method="POST").status_code == 405


@pytest.mark.django_db
def test_the_file_is_closed_when_the_reader_leaves_early():
    stream = io.BytesIO(CONTENT)
    response = range_response(
        RequestFactory().get("/"), lambda: stream, len(CONTENT), "application/pdf", "a.pdf"
    )
    next(iter(response.streaming_content))
    response.close()
    assert stream.closed


@pytest.mark.parametrize(
    "media", ["text/html", "image/svg+xml", "application/xhtml+xml", "application/xml", ""]
)
def test_what_a_browser_might_execute_is_offered_for_saving(media):
    response = ask(media=media)
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_names_in_any_script_are_offered_whole_with_a_plain_fallback():
    assert disposition("inline", "关于围垦 工程.pdf") == (
        "inline; filename=\"____ __.pdf\"; filename*=UTF-8''%E5%85%B3%E4%BA%8E%E5%9B%B4%E5%9E%A6%20%E5%B7%A5%E7%A8%8B.pdf"
    )


@given(st.text(alphabet=st.characters(), max_size=60))
def test_no_name_can_break_out_of_the_header(name):
    value = disposition("attachment", name)
    value.encode("latin-1")
    assert "\r" not in value
    assert "\n" not in value
    assert value.count('"') in (0, 2)


@pytest.mark.parametrize("header", [f"bytes=0-{'9' * 5000}", f"bytes={'9' * 5000}-", "bytes=٣-", "bytes=-²"])
def test_a_range_of_no_sensible_number_is_ignored(header):
    response = ask(Range=header)
    assert (response.status_code, body(response)) == (200, CONTENT)
