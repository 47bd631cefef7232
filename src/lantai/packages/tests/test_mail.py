import base64
import zipfile

import pytest

from lantai.core.findings import Outcome
from lantai.packages.api import open_package

LETTER = (
    b"From: =?gb2312?B?%s?= <linlan@gov.cn>\r\nTo: chenmo@gov.cn\r\nDate: Mon, 2 Mar 2026 09:00:00 +0800\r\n"
    b"Subject: =?gb2312?B?%s?=\r\nMessage-ID: <%d@gov.cn>\r\nReferences: <1@gov.cn>\r\n"
    b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"
)


def letter(number=1, subject="关于报送材料的函"):
    return LETTER % (*(base64.b64encode(text.encode("gb18030")) for text in ("林岚", subject)), number)


@pytest.mark.requirement("Z8")
@pytest.mark.requirement("DA/T 32-2021")
def test_a_message_is_an_item_described_by_what_it_says(tmp_path):
    path = tmp_path / "来函.eml"
    path.write_bytes(letter())
    with open_package(path) as package:
        (item,) = package.items
        assert package.kind == "mail"
        assert [*package.structure()] == []
    assert (item.title, item.metadata["M33"], item.metadata["M11"]) == (
        "关于报送材料的函",
        "2026-03-02",
        "2026",
    )
    assert item.metadata["M32"] == "林岚 <linlan@gov.cn>"
    assert item.extra["会话"] == "1@gov.cn"
    assert item.extra["发送时间"] == "2026-03-02T09:00:00+08:00"
    assert item.extra["附件"].startswith("a.pdf（application/pdf，4 字节")
    assert item.files[0].path.read_bytes() == letter()


def test_a_box_is_split_into_messages_and_quoting_is_undone(tmp_path):
    path = tmp_path / "收件箱.mbox"
    body = b"From: a@b.cn\nDate: Mon, 2 Mar 2026 09:00:00 +0800\nSubject: %d\n\nfirst\n%sFrom the office\n"
    stamp = b"From a@b.cn Mon Mar  2 09:00:00 2026\n"
    path.write_bytes(stamp + body % (1, b">") + b"\n" + stamp + body % (2, b">>") + b"\n")
    with open_package(path) as package:
        items = [*package.items]
        assert [item.title for item in items] == ["1", "2"]
        assert items[0].files[0].path.read_bytes() == body % (1, b"")
        assert items[1].files[0].path.read_bytes() == body % (2, b">")
        assert [file.name for item in items for file in item.files] == [
            "收件箱.mbox/000001.eml", "收件箱.mbox/000002.eml",
        ]  # fmt: skip


def test_a_zip_of_messages_and_boxes_is_one_package(tmp_path):
    path = tmp_path / "mail.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.eml", letter(1))
        archive.writestr("a/2.mbox", b"From x@y.cn Mon Mar  2 09:00:00 2026\n" + letter(2) + b"\n")
    with open_package(path) as package:
        assert package.kind == "mail"
        assert [item.extra["邮件标识"] for item in package.items] == ["1@gov.cn", "2@gov.cn"]


@pytest.mark.parametrize(
    ("content", "outcome", "code"),
    [
        (b"", Outcome.FAIL, "RFC 5322 2.1"),
        (b"no message\n", Outcome.FAIL, "RFC 5322 2.2"),
        (letter().replace(b"Date:", b"X-Date:"), Outcome.WARN, "RFC 5322 3.6.1"),
        (letter().replace(b"JVBERg==", b"JV#ERg=="), Outcome.WARN, "RFC 2045 6.8"),
    ],
)
def test_what_cannot_be_read_fails_and_what_is_merely_wrong_is_told(tmp_path, content, outcome, code):
    path = tmp_path / "a.eml"
    path.write_bytes(content)
    with open_package(path) as package:
        (finding,) = package.structure()
    assert (finding.outcome, finding.code) == (outcome, code)


def test_an_empty_folder_given_as_mail_is_told_so(tmp_path):
    with open_package(tmp_path, "mail") as package:
        assert [finding.outcome for finding in package.structure()] == [Outcome.FAIL]
