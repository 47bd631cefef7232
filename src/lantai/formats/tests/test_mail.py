import base64
import os
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.formats.mail.message import open_message, parse_message
from lantai.formats.mail.structure import MAX_DEPTH
from lantai.formats.mail.threads import base_subject, thread_key

HEAD = b"From: a@b.cn\r\nDate: Mon, 2 Mar 2026 09:00:00 +0800\r\n"


def message_of(*lines: bytes) -> bytes:
    return HEAD + b"\r\n".join(lines)


def keys(source):
    return {defect.key for defect in parse_message(source).defects}


@pytest.mark.requirement("Z8")
@pytest.mark.parametrize(
    ("label", "real"),
    [
        ("gb2312", "gb18030"),
        ("GB2312", "gbk"),
        ("gbk", "utf-8"),
        ("us-ascii", "gb18030"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "gb18030"),
        ("x-unknown", "gb18030"),
        ("big5", "big5"),
        ("utf-16", "utf-16"),
        ("hz-gb-2312", "hz"),
    ],
)
def test_text_is_read_in_the_charset_it_is_in_whatever_the_label_says(label, real):
    text = (
        "關於召開會議的通知"
        if real == "big5"
        else "关于镕基同志讲话的通知"
        if real != "hz"
        else "关于召开会议"
    )
    body = base64.encodebytes(text.encode(real))
    source = message_of(
        b"Content-Type: text/plain; charset=" + label.encode(),
        b"Content-Transfer-Encoding: base64",
        b"",
        body,
    )
    assert parse_message(source).text() == text


def test_what_decodes_as_nothing_is_kept_letter_by_letter():
    source = message_of(b"Content-Type: text/plain; charset=utf-8", b"", b"caf\xe9 \xff\xfe\x80 fin")
    message = parse_message(source)
    assert message.text().startswith("caf")
    assert message.text().endswith("fin")
    assert "charset_lies" in keys(source)


@pytest.mark.parametrize(
    "raw",
    [
        b"=?gb2312?B?" + base64.b64encode("关于镕基".encode("gb18030")) + b"?=",
        b"=?GB2312?B?" + base64.b64encode("关于".encode("gb18030") + "镕".encode("gb18030")[:1]).rstrip(b"=")
        + b"?=\r\n =?GB2312?B?" + base64.b64encode("镕".encode("gb18030")[1:] + "基".encode("gb18030")) + b"?=",
        "关于镕基".encode(),
        "关于镕基".encode("gb18030"),
        b"=?utf-8?Q?=E5=85=B3=E4=BA=8E=E9=95=95=E5=9F=BA?=",
        b"=?utf-8?B?" + base64.b64encode("关于镕基".encode()),
    ],
)  # fmt: skip
def test_subjects_are_read_however_broken_their_encoding(raw):
    assert parse_message(b"Subject: " + raw + b"\r\n" + HEAD + b"\r\n").subject == "关于镕基"


@pytest.mark.parametrize(
    "field",
    [
        b"attachment; filename*=gb18030''"
        + b"".join(b"%%%02X" % byte for byte in "附件.doc".encode("gb18030")),
        b"attachment; filename*0*=utf-8''%E9%99%84; filename*1*=%E4%BB%B6; filename*2=.doc",
        b'attachment; filename="=?gbk?B?' + base64.b64encode("附件.doc".encode("gbk")) + b'?="',
        b'attachment; filename="' + "附件.doc".encode("gb18030") + b'"',
        b"attachment;\r\n\tfilename=" + "附件.doc".encode(),
    ],
)
def test_attachment_names_are_read_in_all_ways_programs_write_them(field):
    source = message_of(
        b"Content-Type: application/msword",
        b"Content-Disposition: " + field,
        b"Content-Transfer-Encoding: base64",
        b"",
        base64.b64encode(b"content"),
    )
    (attachment,) = parse_message(source).attachments
    assert (attachment.name, b"".join(attachment.chunks())) == ("附件.doc", b"content")


def test_a_message_written_by_the_library_is_read_back_whole():
    written = EmailMessage()
    written["From"], written["To"] = "林岚 <linlan@gov.cn>", "陈默 <chenmo@gov.cn>, 组: a@b.cn;"
    written["Subject"], written["Date"] = "关于报送材料的函", "Mon, 02 Mar 2026 09:00:00 +0800"
    written["References"] = "<1@gov.cn> <2@gov.cn>"
    written.set_content("正文第一行\n第二行\n")
    written.add_alternative("<p>正文</p>", subtype="html")
    written.add_attachment(b"\0\1" * 5000, maintype="application", subtype="pdf", filename="附件1.pdf")
    message = parse_message(written.as_bytes())
    assert message.subject == "关于报送材料的函"
    assert [str(found) for found in message.senders] == ["林岚 <linlan@gov.cn>"]
    assert [found.address for found in message.to] == ["chenmo@gov.cn", "a@b.cn"]
    assert message.date.isoformat() == "2026-03-02T09:00:00+08:00"
    assert message.text().split() == ["正文第一行", "第二行"]
    assert message.html().strip() == "<p>正文</p>"
    assert [(found.name, found.measure()[0]) for found in message.attachments] == [("附件1.pdf", 10000)]
    assert message.thread == "1@gov.cn"
    assert not message.defects


def test_a_uuencoded_file_in_the_text_and_a_forwarded_message_are_attachments():
    source = message_of(
        b"Content-Type: multipart/mixed; boundary=x", b"", b"--x", b"", b"see file", b"begin 644 a.txt",
        b"#0V%T", b"`", b"end", b"--x", b"Content-Type: message/rfc822", b"", b"Subject: inner", b"", b"words", b"--x--",
    )  # fmt: skip
    first, second = parse_message(source).attachments
    assert (first.name, b"".join(first.chunks())) == ("a.txt", b"Cat")
    assert b"Subject: inner" in b"".join(second.chunks())


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (b"", "empty"),
        (os.urandom(0) + b"\x00\x01\x02" * 400, "no_header"),
        (b"just a note\nof two lines\n", "no_header"),
        (b"Color: red\n\nbody", "no_message_field"),
        (b"Subject: x\n\nbody", "no_from"),
        (b"From: a@b.cn\nDate: yesterday\n\nbody", "bad_date"),
        (message_of(b"Subject: 1", b"Subject: 2", b"", b""), "repeated_field"),
        (message_of(b"Content-Type: multipart/mixed", b"", b"text"), "no_boundary_parameter"),
        (message_of(b"Content-Type: multipart/mixed; boundary=x", b"", b"text"), "boundary_never_found"),
        (message_of(b"Content-Type: multipart/mixed; boundary=x", b"", b"--x", b"", b"text"), "not_closed"),
        (message_of(b"Content-Transfer-Encoding: base64", b"", b"####"), "base64_damaged"),
        (message_of(b"Content-Transfer-Encoding: rot13", b"", b"text"), "unknown_encoding"),
    ],
)
def test_defects_are_named(source, key):
    assert key in keys(source)


def test_text_before_a_boundary_that_never_comes_is_not_lost():
    source = message_of(b"Content-Type: multipart/mixed; boundary=x", b"", b"all there is")
    assert parse_message(source).text() == "all there is"


def test_ten_thousand_levels_of_nesting_end_in_a_defect():
    source = HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
        for level in range(10_000)
    )
    message = parse_message(source)
    assert "too_deep" in {defect.key for defect in message.defects}
    assert sum(1 for _ in message.root.walk()) == MAX_DEPTH + 1


def test_threads_are_kept_by_ids_and_where_these_are_gone_by_subject():
    assert base_subject("答复: Re[2]: 回复：[公文] 关于召开会议的通知") == "关于召开会议的通知"
    assert thread_key("9", ["8"], ["1", "8"], "x") == "1"
    assert thread_key("9", ["8"], [], "x") == "8"
    assert thread_key("9", [], [], "回复：通知") == thread_key("7", [], [], "转发：通知") == "subject:通知"
    assert thread_key("9", [], [], "通知") == "9"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_any_bytes_are_read_without_an_error(noise, place):
    base = message_of(
        b"Content-Type: multipart/mixed; boundary=x", b"Subject: =?gb2312?B?udjT2g==?=", b"", b"--x",
        b"Content-Type: text/html; charset=gbk", b"Content-Transfer-Encoding: quoted-printable", b"", b"=B9=D8", b"--x--",
    )  # fmt: skip
    message = parse_message(base[:place] + noise + base[place:])
    message.text(), message.html(), message.thread, [found.measure() for found in message.attachments]


def test_a_message_of_any_size_is_read_from_its_file(tmp_path):
    path = tmp_path / "来函.eml"
    path.write_bytes(message_of(b"Subject: x", b"", b"text"))
    with open_message(path) as message:
        assert message.text() == "text"
    path.write_bytes(b"")
    with open_message(path) as message:
        assert [defect.key for defect in message.defects] == ["empty"]
