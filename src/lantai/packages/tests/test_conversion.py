"""Packages from one kind to another, without a database."""

import json
from pathlib import Path

import bagit
import pytest
import typer
from typer.testing import CliRunner

from lantai.core.errors import Conflict, Invalid
from lantai.packages.api import FileToWrite, ItemToWrite, kinds, open_package, write_folder_package
from lantai.packages.commands import register
from lantai.packages.conversion import convert_package
from lantai.packages.kinds import ORDER, SHOWN

COLUMNS = {"责任者": "市府办", "日期": "20240301", "年度": 2024, "保管期限": "永久", "密级": "公开"}
app, runner = typer.Typer(), CliRunner()
register(app)


@pytest.fixture
def source(tmp_path) -> Path:
    return folder_package(tmp_path, "附件100%.txt")


def folder_package(tmp_path, attachment):
    (tmp_path / "text").write_text("正文", encoding="utf-8")
    items = [
        ItemToWrite(
            {"题名": f"关于㐂某的通知{number}", "文号": f"{number}号", **COLUMNS},
            (
                FileToWrite(tmp_path / "text", f"{number}/正文.txt"),
                FileToWrite(tmp_path / "text", f"{number}/{attachment}"),
            ),
        )
        for number in (1, 2)
    ]
    return write_folder_package(tmp_path / "folder", items, {"移交单位": "市府办", "全宗号": "A001"})


def told(path, kind=None):
    """Titles, values and file contents: what has to survive."""
    with open_package(path, kind) as package:
        return [
            (
                item.title,
                item.metadata["M31"],
                sorted((file.name.rpartition("/")[2], file.path.read_bytes()) for file in item.files),
            )
            for item in package
        ]


@pytest.mark.requirement("S18")
@pytest.mark.parametrize("name", ["bag", "bag.zip"])
def test_a_package_goes_into_a_bag_and_comes_out_whole(source, tmp_path, name):
    done = convert_package(source, tmp_path / name, "bagit", workspace=tmp_path)
    assert (done.source_kind, done.lost) == ("folder", ())
    with open_package(tmp_path / name, workspace=tmp_path) as package:
        assert package.kind == "bagit"
        assert not [*package.findings, *package.structure(), *package.fixity(())]
    convert_package(tmp_path / name, tmp_path / "again", "folder", workspace=tmp_path)
    assert told(tmp_path / "again") == told(source)


@pytest.mark.requirement("S18")
def test_the_reference_library_finds_our_bags_valid(tmp_path):
    source = folder_package(tmp_path, "附件.txt")  # of %25, which RFC 8493 asks for, it knows nothing
    convert_package(source, tmp_path / "bag", "bagit")
    bag = bagit.Bag(str(tmp_path / "bag"))
    bag.validate()
    assert {"sha256", "sha512"} & set(bag.algorithms)
    (tmp_path / "bag/data/1/正文.txt").write_text("改动", encoding="utf-8")
    with pytest.raises(bagit.BagValidationError):
        bag.validate()


@pytest.mark.requirement("S18")
@pytest.mark.parametrize("version", ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"])
def test_a_bag_of_every_version_is_read_back_and_valid_to_the_reference_library(tmp_path, version):
    source, made = folder_package(tmp_path, "附件.txt"), tmp_path / "bag"
    arguments = [
        "package",
        "convert",
        str(source),
        str(made),
        "--to",
        "bagit",
        "--version",
        version,
        "--json",
    ]
    answer = runner.invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    with open_package(made) as package:
        assert package.kind == "bagit"
        assert not [*package.findings, *package.structure(), *package.fixity(())]
    assert told(made) == told(source)
    bag = bagit.Bag(str(made))
    assert ".".join(map(str, bag.version_info)) == version
    assert bag.info["Source-Organization"] == "市府办"
    bag.validate()


def test_a_percent_sign_is_written_as_each_version_reads_it(source, tmp_path):
    for version, written in (("0.97", "附件100%.txt"), ("1.0", "附件100%25.txt")):
        made = tmp_path / version
        convert_package(source, made, "bagit", options={"BagIt-Version": version})
        assert f"/{written}\n" in (made / "manifest-sha512.txt").read_text(encoding="utf-8")
        assert told(made) == told(source)


def test_no_other_version_and_no_other_kind_has_one(source, tmp_path):
    for to, version in (("bagit", "0.92"), ("dat93", "1.0")):
        arguments = ["package", "convert", str(source), str(tmp_path / "x"), "--to", to, "--version", version]
        assert runner.invoke(app, arguments).exit_code == 2
    with pytest.raises(Invalid):
        convert_package(source, tmp_path / "x", "bagit", options={"BagIt-Version": "2.0"})


DESCRIBED = {"table", "photos", "accounting", "service"}
"""Kinds that take only what is described for them (``test_described_again``)."""


@pytest.mark.parametrize("kind", [kind.key for kind in kinds() if kind.write and kind.key not in DESCRIBED])
def test_every_kind_that_can_be_written_is_read_as_itself(source, tmp_path, kind):
    convert_package(source, tmp_path / "made", kind)
    with open_package(tmp_path / "made") as package:
        assert package.kind == kind
        assert len(list(package)) >= 1


def test_nothing_is_overwritten_and_nothing_left_half_written(source, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(Conflict):
        convert_package(source, tmp_path / "there", "bagit")
    before = sorted(path.name for path in tmp_path.iterdir())
    (source / "1/正文.txt").write_text("改过", encoding="utf-8")
    with pytest.raises(Invalid, match="不通过"):
        convert_package(source, tmp_path / "new", "bagit")
    with pytest.raises(Invalid, match="只能读"):
        convert_package(source, tmp_path / "new", "file")
    with pytest.raises(Invalid):
        convert_package(source, tmp_path / "new", "dat93", options={"encoding": "latin-1"}, anyway=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert convert_package(source, tmp_path / "new", "bagit", anyway=True).findings


def test_the_command_says_what_is_lost(source, tmp_path):
    answer = runner.invoke(
        app, ["package", "convert", str(source), str(tmp_path / "d"), "--to", "dat93", "--json"]
    )
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout.splitlines()[-1])
    assert (said["source_kind"], said["kind"]) == ("folder", "dat93")
    assert any("档号" in sentence for sentence in said["lost"])
    for wrong in (
        ["no-such", "x", "--to", "bagit"],
        [str(source), "x", "--to", "no-such"],
        [str(source), "x"],
    ):
        assert runner.invoke(app, ["package", "convert", *wrong]).exit_code == 2
    again = runner.invoke(app, ["package", "convert", str(source), str(tmp_path / "d"), "--to", "dat93"])
    assert again.exit_code == 1


def test_the_kinds_are_listed(tmp_path):
    listed = json.loads(runner.invoke(app, ["package", "kinds", "--json"]).stdout)["kinds"]
    assert {"bagit", "folder", "file", "dat93", "eark"} <= {kind["key"] for kind in listed}


def test_chinese_kinds_are_shown_first(tmp_path):
    assert set(SHOWN) == set(ORDER)
    answer = runner.invoke(app, ["package", "kinds", "--json"])
    assert [row["key"] for row in json.loads(answer.stdout)["kinds"]] == list(SHOWN)
    assert SHOWN[:4] == ("folder", "dat93", "carrier", "eep")
    assert SHOWN[-1] == "eark"


def test_a_document_that_is_a_zip_is_a_lone_file(tmp_path):
    from lantai.formats.tests.samples import make_docx

    with open_package(make_docx(tmp_path / "a.docx", "正文")) as package:
        assert package.kind == "file"
