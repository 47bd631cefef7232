"""Kinds of package that have a standard of their own, and lone files, inspected without a database."""

import json

import pytest
import typer
from typer.testing import CliRunner

from lantai.formats.tests.samples import make_pdf
from lantai.formats.tests.test_warc import record
from lantai.inspection.api import inspect_package
from lantai.inspection.commands import register
from lantai.packages.api import convert_package, open_package
from lantai.packages.tests.described_samples import accounts
from lantai.packages.tests.test_mail import letter

from .factories import item
from .factories import package as folder_package

app, runner = typer.Typer(), CliRunner()
app.callback()(lambda: None)
register(app)


@pytest.mark.usefixtures("no_scanner")
def test_a_bag_is_inspected_by_the_four_natures_with_its_manifests_digests(tmp_path):
    source = folder_package(tmp_path, item(tmp_path), declaration={"移交单位": "市府办"})
    convert_package(source, tmp_path / "bag", "bagit")
    with open_package(tmp_path / "bag") as package:
        assert {frozenset(file.declared) for item in package for file in item.files} == {
            frozenset({"sha256", "sha512", "sm3"})
        }
        assert package.declaration.agency == "市府办"
    report = inspect_package(tmp_path / "bag", "GD")
    assert (report.kind, report.item_count, report.accepted_count) == ("bagit", 1, 1)
    make_pdf(tmp_path / "bag/data/1/正文.pdf", pages=3)
    with (tmp_path / "bag/data/目录.xlsx").open("ab") as catalogue:
        catalogue.write(b"\0")
    failed = [
        finding
        for finding in inspect_package(tmp_path / "bag", "GD").all_findings
        if finding.outcome == "fail"
    ]
    assert {"auth.fixity", "int.pkg.structure"} <= {finding.key for finding in failed}
    assert {finding.subject for finding in failed if finding.code == "RFC 8493 3"} == {"data/目录.xlsx"}


@pytest.mark.parametrize(
    ("name", "content", "verdict", "code"),
    [
        ("a.txt", "正文".encode(), 0, None),
        ("a.xml", b"<a/>", 0, None),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 1, "file.xml"),
        ("a.pdf", b"%PDF-1.7 cut", 1, "file.readable"),
        ("a.txt", b"", 1, "file.readable"),
        ("a.cpio", b"070701" + b"0" * 104, 1, "file.closed"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 32, 1, "file.closed"),
        ("a.zip", b"no archive", 1, None),
        ("a.unheard-of", b"\xff\0\x80" * 999, 4, "file.readable"),
    ],
)
def test_a_lone_file_is_inspected_as_far_as_its_reader_goes(tmp_path, name, content, verdict, code):
    (tmp_path / name).write_bytes(content)
    answer = runner.invoke(app, ["inspect", str(tmp_path / name), "--json"])
    assert answer.exit_code == verdict, answer.output
    found = json.loads(answer.stdout.splitlines()[-1])
    assert code is None or code in {finding["code"] for finding in found["findings"]}


def _structure_by_item(report):
    return {
        report_item.item.number: {f.subject for f in report_item.findings if f.key == "int.pkg.structure"}
        for report_item in report.items
    }


def _mail(folder):
    (folder / "好.eml").write_bytes(letter(1))
    (folder / "坏.eml").write_bytes(
        b"From: a@b.cn\r\nDate: Mon, 2 Mar 2026 09:00:00 +0800\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    )
    return "坏.eml"


def _web(folder):
    (folder / "好.warc").write_bytes(record())
    (folder / "坏.warc").write_bytes(record()[:-40])
    return "坏.warc"


def _accounts(folder):
    for name, credit in (("好", "1200.00"), ("坏", "1000.00")):
        accounts(folder / name, folder.parent, credit=credit)
    return "坏/描述.xml"


@pytest.mark.usefixtures("no_scanner")
@pytest.mark.parametrize("make", [_mail, _web, _accounts])
def test_one_broken_item_goes_back_alone_named_by_its_file(tmp_path, make):
    folder = tmp_path / "包"
    folder.mkdir()
    broken = make(folder)
    report = inspect_package(folder, "GD")
    assert not [f for f in report.findings if f.key == "int.pkg.structure" and f.outcome == "fail"]
    structure = {number: subjects for number, subjects in _structure_by_item(report).items() if subjects}
    (subjects,) = structure.values()
    assert all(subject.startswith(broken) for subject in subjects)
    (number,) = structure
    accepted = {item.item.number: item.accepted for item in report.items}
    assert accepted[number] is False
    assert report.accepted
    assert not any(
        finding.outcome == "fail" and finding.key == "int.pkg.structure"
        for item in report.items
        for finding in item.findings
        if item.item.number != number
    )
