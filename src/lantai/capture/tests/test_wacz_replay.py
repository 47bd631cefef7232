"""A WACZ taken in is read as the pages it holds, out of every WARC within it."""

import gzip
import hashlib
import json
import zipfile

import pytest

from lantai.core.settings import home
from lantai.formats.tests.test_warc import record
from lantai.records.api import Document, Record, document_path
from lantai.records.tests import factories as records

from . import factories as make
from .sites import picture
from .test_pages import enter

pytestmark = pytest.mark.django_db
SITE = "http://www.example.gov.cn"
PAGE = """<html><head><title>云州市人民政府公告</title><script src="/track.js"></script></head>
<body><h1>公告正文</h1><img src="/pictures/one.png"><a href="/second">下一页</a></body></html>"""


def response(path, body, media_type, number, day="02"):
    """A captured answer as a WARC has it."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return record(
        head + body, number=number, WARC_Target_URI=f"{SITE}{path}", WARC_Date=f"2026-03-{day}T01:00:00Z"
    )


def a_wacz(path):
    """Two WARC files, one of them compressed; the home page was captured twice, once in each."""
    changed = PAGE.replace("公告正文", "更正后的正文").encode()
    picked = [
        response("/pictures/one.png", picture("red"), "image/png", 2),
        response("/", changed, "text/html; charset=utf-8", 3, day="09"),
        response("/second", "<title>第二页</title>第二页正文".encode("gb18030"), "text/html; charset=gbk", 4),
    ]
    files = {
        "archive/first.warc": response("/", PAGE.encode(), "text/html; charset=utf-8", 1),
        "archive/more/second.warc.gz": b"".join(map(gzip.compress, picked)),
        "indexes/index.cdx": b"",
        "pages/pages.jsonl": b'{"format": "json-pages-1.0", "id": "pages"}\n'
        + json.dumps({"url": f"{SITE}/", "ts": "2026-03-02T01:00:00Z"}).encode(),
    }
    resources = [
        {"path": name, "bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        for name, data in files.items()
    ]
    package = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "政府网站",
        "resources": resources,
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**files, "datapackage.json": json.dumps(package).encode()}.items():
            archive.writestr(name, data)
    return path


@pytest.mark.requirement("DA/T 80-2019")
@pytest.mark.requirement("S18")
def test_a_wacz_is_taken_in_and_replayed_from_every_archive_within_it(tmp_path, client):
    make.agency()
    records.scheme(fonds=records.fonds(), category="WY", year_from=1998)
    submission = make.processed(
        a_wacz(tmp_path / "站点.wacz"), described={"M12": "Y", "M38": "公开", "M32": "云州市人民政府"}
    )
    assert submission.state == "accepted", [row.findings for row in submission.items.all()]
    kept, document = Record.objects.get(), Document.objects.get()
    assert (kept.title, kept.scheme.category) == ("政府网站", "WY")
    assert document_path(document).read_bytes() == (tmp_path / "站点.wacz").read_bytes()

    enter(client, "record_archivist")
    prefix = f"/records/{kept.id}/replay/"
    shell = client.get(prefix)
    pages = [(page.uri, page.captured_at) for page, _told in shell.context["pages"]]
    assert pages == [
        (f"{SITE}/", "20260302010000"), (f"{SITE}/second", "20260302010000"), (f"{SITE}/", "20260309010000"),
    ]  # fmt: skip
    answer = client.get(shell.context["frame"])
    page = answer.content.decode()
    assert "公告正文" in page
    assert "script" not in page
    assert "sandbox" in answer["Content-Security-Policy"]
    shown = f"{prefix}20260302010000/{SITE}/pictures/one.png"
    assert shown in page
    image = client.get(shown)
    assert (image["Content-Type"], image.content) == ("image/png", picture("red"))
    assert "第二页正文" in client.get(f"{prefix}20260302010000/{SITE}/second").content.decode()
    assert "更正后的正文" in client.get(f"{prefix}20260308000000/{SITE}/").content.decode(), (
        "the nearest in time"
    )
    assert client.get(f"{prefix}20260302010000/{SITE}/none").status_code == 404
    (index,) = (home() / "derived" / "web").glob("*/index.cdxj")
    lines = index.read_text(encoding="utf-8").splitlines()
    names = {json.loads(line.split(" ", 2)[2])["filename"] for line in lines}
    assert names == {"archive/first.warc", "archive/more/second.warc.gz"}
