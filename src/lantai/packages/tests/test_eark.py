"""E-ARK packages: read, written, judged by the real command, and safe to open."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lantai.core.findings import Outcome, verdict
from lantai.packages.api import Package, open_package
from lantai.packages.eark import KIND
from lantai.packages.eark.validator import validate
from lantai.packages.mets.document import METS

from .eark_samples import both, changed, make_package, put, touch

LANTAI = Path(sys.executable).with_name("lantai")
CONTENT = "representations/rep1/data/000001/正文 1.txt"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_package(tmp_path_factory.mktemp("eark"))


def opened(path: Path, workspace: Path) -> Package:
    return open_package(path, None, workspace)


def codes(path: Path, outcome: Outcome) -> set[str]:
    return {finding.code for finding in validate(path) if finding.outcome is outcome}


@pytest.mark.parametrize("kind", ["SIP", "AIP", "DIP"])
@pytest.mark.parametrize("ending", ["", ".zip"])
def test_what_is_written_breaks_no_rule_and_reads_back(
    sound: Path, tmp_path: Path, kind: str, ending: str
) -> None:
    target = tmp_path / f"EX-2{ending}"
    assert KIND.write is not None
    with opened(sound, tmp_path) as package:
        assert KIND.write(package, target, {"type": kind, "label": "两份文件"}) == []
    with opened(sound, tmp_path) as before, opened(target, tmp_path) as after:
        assert after.kind == "eark"
        assert [*after.structure(), *after.fixity(())] == []
        assert after.stray_files == ()
        assert after.declaration.agency == "某市某局"
        assert [(item.metadata, item.extra) for item in after] == [
            (item.metadata, item.extra) for item in before
        ]
        assert [
            [(file.name.rpartition("/")[2], file.declared, file.role) for file in item.files]
            for item in after
        ] == [
            [(file.name.rpartition("/")[2], file.declared, file.role) for file in item.files]
            for item in before
        ]


def test_a_zip_unpacks_to_one_folder_named_as_the_package(sound: Path, tmp_path: Path) -> None:
    target = tmp_path / "EX-3.zip"
    assert KIND.write is not None
    with opened(sound, tmp_path) as package:
        KIND.write(package, target, {})
    with zipfile.ZipFile(target) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"EX-3"}


def test_an_archive_without_its_one_folder_breaks_csipstr1(sound: Path, tmp_path: Path) -> None:
    loose = shutil.make_archive(str(tmp_path / "loose"), "zip", sound)
    with opened(Path(loose), tmp_path) as package:
        assert "CSIPSTR1" in {finding.code for finding in package.structure()}


def test_a_tar_of_a_package_is_read(sound: Path, tmp_path: Path) -> None:
    packed = shutil.make_archive(str(tmp_path / "EX-1"), "tar", sound.parent, sound.name)
    with opened(Path(packed), tmp_path) as package:
        assert package.kind == "eark"
        assert [*package.structure(), *package.fixity(())] == []
        assert len([*package]) == 2


def test_an_unknown_type_is_refused(sound: Path, tmp_path: Path) -> None:
    assert KIND.write is not None
    with opened(sound, tmp_path) as package, pytest.raises(Exception, match="ZIP"):
        KIND.write(package, tmp_path / "EX-4", {"type": "ZIP"})


def test_changed_content_fails_and_replaced_metadata_is_told(sound: Path, tmp_path: Path) -> None:
    content = changed(sound, tmp_path / "content", touch(CONTENT, b"another text"))
    assert {"CSIP69", "CSIP71"} <= codes(content, Outcome.FAIL)
    metadata = changed(sound, tmp_path / "metadata", touch("metadata/descriptive/dc.xml", b"<dc/>"))
    assert {"CSIP27", "CSIP29"} <= codes(metadata, Outcome.WARN)
    assert codes(metadata, Outcome.FAIL) == set()
    size_bytes = (sound / "metadata/descriptive/dc.xml").stat().st_size
    rotten = changed(sound, tmp_path / "rotten", touch("metadata/descriptive/dc.xml", bytes(size_bytes)))
    assert codes(rotten, Outcome.FAIL) == {"CSIP29"}


def test_rewritten_line_ends_are_told_as_such(sound: Path, tmp_path: Path) -> None:
    text = (sound / CONTENT).read_bytes().replace(b"\n", b"\r\n")
    package = changed(sound, tmp_path, touch(CONTENT, text))
    told = [finding for finding in validate(package) if finding.code in {"CSIP69", "CSIP71"}]
    assert {finding.outcome for finding in told} == {Outcome.WARN}
    assert all("行尾" in finding.observed for finding in told)


@pytest.mark.parametrize(
    "written", ["file:{}", "file://./{}", "./{}", "{}/../readme.txt", "DOCUMENTATION/README.TXT"]
)
def test_a_place_written_otherwise_is_found(sound: Path, tmp_path: Path, written: str) -> None:
    href = written.format("documentation/readme.txt")
    package = changed(sound, tmp_path, put("m:fileSec/m:fileGrp/m:file/m:FLocat", "xlink:href", href))
    assert codes(package, Outcome.FAIL) == (set() if "DOCUMENTATION" not in href else {"CSIP79"})


def test_a_missing_content_file_is_named_and_fails(sound: Path, tmp_path: Path) -> None:
    package = changed(sound, tmp_path, lambda _root, folder: (folder / CONTENT).unlink())
    assert "CSIP79" in codes(package, Outcome.FAIL)
    with opened(package, tmp_path) as read:
        assert next(item.missing for item in read) == (CONTENT,)


def test_digests_compared_by_an_examination_are_not_computed_again(sound: Path, tmp_path: Path) -> None:
    package = changed(sound, tmp_path, touch(CONTENT, bytes((sound / CONTENT).stat().st_size)))
    with opened(package, tmp_path) as read:
        carried = {file.path for item in read for file in item.files if file.declared}
        assert {finding.code for finding in read.fixity(())} == {"CSIP71"}
        assert [*read.fixity(carried)] == []


@pytest.mark.parametrize(
    "href",
    [
        "../../../../etc/hostname",
        "/etc/hostname",
        "file:///etc/hostname",
        "http://[",
        "%00",
        "x" * 5000,
        "..",
        "link/hostname",
        "\\\\server\\share",
    ],
)
def test_a_reference_that_leaves_the_package_is_not_followed(sound: Path, tmp_path: Path, href: str) -> None:
    change = put("m:fileSec/m:fileGrp/m:file/m:FLocat", "xlink:href", href)
    package = changed(sound, tmp_path, change)
    (package / "link").symlink_to("/etc")
    assert "CSIP79" in {finding.code for finding in validate(package)}
    with opened(package, tmp_path) as read:
        assert all(file.path.is_relative_to(package) for item in read for file in item.files)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 500,
        b"<mets",
        b"<html/>",
        f'<x:mets xmlns:x="{METS}"/>'.encode(),
        f'<mets xmlns="{METS}"><metsHdr/><fileSec><fileGrp><file/></fileGrp></fileSec></mets>'.encode(),
        f'<!DOCTYPE m [<!ENTITY a "{"b" * 99}">]><mets xmlns="{METS}">&a;</mets>'.encode(),
        f'<mets xmlns="{METS}">'.encode() + b"<structMap><div>" + b"<div>" * 5000,
    ],
)
def test_no_mets_document_breaks_the_reader(sound: Path, tmp_path: Path, data: bytes) -> None:
    package = tmp_path / "EX-1"
    shutil.copytree(sound, package)
    (package / "METS.xml").write_bytes(data)
    with open_package(package, "eark", tmp_path) as read:
        findings = [*read.structure(), *read.fixity(())]
        assert all(file.path.is_file() for item in read for file in item.files)
    assert verdict(findings) is Outcome.FAIL


def test_a_mets_document_that_is_no_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "P" / "METS.xml").mkdir(parents=True)
    with open_package(tmp_path / "P", "eark", tmp_path) as read:
        assert {finding.code for finding in read.structure()} == {"CSIPSTR4"}
        assert [*read] == []


def test_nothing_is_fetched(sound: Path, tmp_path: Path) -> None:
    """Every address a METS document may name is ours here, and nobody calls."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        change = both(
            put("", "PROFILE", address),
            put("m:dmdSec/m:mdRef", "xlink:href", address),
            put("m:fileSec/m:fileGrp/m:file/m:FLocat", "xlink:href", address),
        )
        package = changed(sound, tmp_path, change)
        text = (package / "METS.xml").read_text(encoding="utf-8")
        schema = (
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{METS} {address}"'
        )
        (package / "METS.xml").write_text(text.replace("<mets ", f"<mets {schema} ", 1), encoding="utf-8")
        with opened(package, tmp_path) as read:
            assert {"CSIP24", "CSIP79"} <= {finding.code for finding in (*read.structure(), *read.fixity(()))}
            assert len([*read]) == 2
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.requirement("S18")
def test_the_command_names_the_rule_without_being_told_the_kind(sound: Path, tmp_path: Path) -> None:
    package = changed(sound, tmp_path, put("m:metsHdr", "CREATEDATE", None))
    done = subprocess.run(
        [LANTAI, "inspect", package, "--json"],
        env={**os.environ, "LANTAI_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout)
    assert (answer["kind"], answer["verdict"]) == ("eark", "fail")
    (finding,) = [line for line in answer["findings"] if line["outcome"] == "fail"]
    assert (finding["code"], finding["clause"]) == ("CSIP7", "E-ARK CSIP 2.1.0")
    assert finding["remedy"]
