import hashlib
import json
import zipfile

import pytest

from lantai.core.findings import Outcome
from lantai.formats.tests.test_warc import record
from lantai.packages.api import open_package

PAGES = (
    b'{"format": "json-pages-1.0", "id": "pages"}\n{"url": "http://a.cn/", "ts": "2026-03-02T01:00:00Z"}\n'
)


def wacz(path, *, pages=PAGES, **changes):
    files = {"archive/a.warc": record(), "indexes/index.cdx": b"", "pages/pages.jsonl": pages}
    resources = [
        {"path": name, "bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        for name, data in files.items()
    ]
    package = {"profile": "data-package", "wacz_version": "1.1.1", "title": "站点", "resources": resources}
    files["datapackage.json"] = json.dumps(package).encode()
    files.update(changes)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            if data is not None:
                archive.writestr(name, data)
    return path


@pytest.mark.requirement("DA/T 80-2019")
def test_an_archive_of_web_pages_is_an_item_described_by_its_first_page(tmp_path):
    path = tmp_path / "站点.warc"
    path.write_bytes(record())
    with open_package(path) as package:
        (item,) = package.items
        assert package.kind == "web"
        assert [*package.structure()] == []
    assert (item.title, item.metadata["M32"], item.metadata["M33"]) == (
        "通知公告", "www.example.gov.cn", "2026-03-02",
    )  # fmt: skip
    assert (item.extra["网址"], item.extra["网页数"]) == ("http://www.example.gov.cn/", "1")


def test_a_wacz_is_one_item_with_the_pages_it_lists(tmp_path):
    with open_package(wacz(tmp_path / "a.wacz")) as package:
        (item,) = package.items
        assert [*package.structure()] == []
    assert (item.title, item.extra["网址"]) == ("站点", "http://a.cn/")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"datapackage.json": None}, "WACZ datapackage.json"),
        ({"datapackage.json": b"[" * 100_000}, "WACZ datapackage.json"),
        ({"archive/a.warc": record(number=2)}, "WACZ hash"),
        ({"archive/a.warc": None}, "WACZ archive"),
        ({"archive/a.warc": record()[:-9]}, "WARC 1.1 5.3"),
        ({"pages/pages.jsonl": None}, "WACZ pages"),
        ({"pages": b'{"format": "json-pages-1.0"}\n{"url": "http://a.cn/"}\n'}, "WACZ pages"),
        ({"datapackage-digest.json": b'{"path": "datapackage.json", "hash": "sha256:00"}'}, "WACZ hash"),
    ],
)
def test_a_wacz_that_breaks_a_rule_fails_by_it(tmp_path, changes, code):
    with open_package(wacz(tmp_path / "a.wacz", **changes)) as package:
        failed = {finding.code for finding in package.structure() if finding.outcome is Outcome.FAIL}
    assert code in failed


def test_a_damaged_wacz_is_told_so(tmp_path):
    path = tmp_path / "a.wacz"
    path.write_bytes(b"PK\x03\x04 nothing")
    with open_package(path) as package:
        assert [finding.code for finding in package.structure()] == ["WACZ ZIP"]
