"""Kinds of package that have a standard of their own, and lone files, inspected without a database."""

import json

import pytest
import typer
from typer.testing import CliRunner

from lantai.formats.tests.samples import make_pdf
from lantai.inspection.api import inspect_package
from lantai.inspection.commands import register
from lantai.packages.api import convert_package, open_package

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
