import csv
import os
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.packages.api import FileToWrite, ItemToWrite, open_package, write_folder_package
from lantai.packages.catalogue import open_catalogue
from lantai.packages.problems import UNSAFE

HEADINGS = ["序号", "题名", "责任者", "日期", "年度", "保管期限", "密级", "文件"]


def package_of(folder: Path, rows, *, headings=HEADINGS, files=("正文.txt",), charset="utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("正文", encoding="utf-8")
    with (folder / "目录.csv").open("w", encoding=charset, newline="") as stream:
        csv.writer(stream).writerows([headings, *rows])
    return folder


def row(number=1, title="通知", files="正文.txt", **more):
    values = dict(
        zip(HEADINGS, [number, title, "市府办", "20240301", 2024, "永久", "公开", files], strict=True)
    )
    return list({**values, **more}.values())


def keys(package):
    return [finding.key for finding in package.findings]


@pytest.mark.parametrize("catalogue", ["xlsx", "csv"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["包", "包.zip"])
def test_what_is_written_is_read_again(tmp_path, catalogue, charset, name):
    source = tmp_path / "s.txt"
    source.write_text("正文", encoding="utf-8")
    item = ItemToWrite(
        {"题名": "关于㐂某的通知", "日期": date(2024, 3, 1), "年度": 2024, "责任者": "市府办", "附件数": 1,
         "保管期限": "永久", "密级": "公开"},
        (FileToWrite(source, "1/正文.txt"), FileToWrite(source, "1/附件一.txt")),
    )  # fmt: skip
    target = write_folder_package(
        tmp_path / name,
        [item],
        {"移交单位": "市府办", "全宗号": "A001"},
        catalogue=catalogue,
        charset=charset,
    )
    with open_package(target, workspace=tmp_path / "work") as package:
        (read,) = package.items
        assert not package.findings
        assert not package.stray_files
        assert (package.declaration.agency, package.declaration.items) == ("市府办", 1)
        assert package.declaration.bytes == 12
        assert read.metadata["M22"] == "关于㐂某的通知"
        assert read.metadata["M33"] == "20240301"
        assert [(file.role, file.name) for file in read.files] == [
            ("body", "1/正文.txt"),
            ("attachment", "1/附件一.txt"),
        ]
        assert read.announced_attachments == 1
        assert set(read.files[0].declared) == {"sm3"}
        assert [one.number for one in package] == [one.number for one in package.items] == [1]


def test_headings_have_synonyms_and_may_follow_a_title_row(tmp_path):
    folder = package_of(
        tmp_path / "p",
        [["序 号", "文件标题", "发文机关", "成文日期", "年份", "期限", "密级", "电子文件名"], row()],
        headings=["二〇二四年文书档案目录"],
    )
    with open_package(folder) as package:
        (item,) = package.items
    assert not package.findings
    assert (item.title, item.metadata["M32"], len(item.files)) == ("通知", "市府办", 1)


@pytest.mark.requirement("DA/T 70 GD-2-3")
def test_missing_repeated_and_unknown_columns_are_named(tmp_path):
    folder = package_of(
        tmp_path / "p", [["通知", "正文.txt", "x", "y"]], headings=["题名", "文件", "题名", "心情"]
    )
    with open_package(folder) as package:
        told = {finding.key: finding for finding in package.findings}
    assert "责任者" in told["int.meta.items"].expected
    assert any("不止一次" in finding.observed for finding in package.findings)
    assert any("心情" in finding.observed for finding in package.findings)


def test_merged_cells_and_dates_as_numbers_are_seen(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    with xlsxwriter.Workbook(folder / "目录.xlsx") as book:
        sheet = book.add_worksheet()
        for place, name in enumerate(HEADINGS):
            sheet.write(0, place, name)
        for place, value in enumerate(row(日期=45352)):
            sheet.write(1, place, value)
        sheet.merge_range(2, 0, 2, 3, "合并")
    with open_package(folder) as package:
        first, *_ = package.items
        assert first.metadata["M33"] == "45352"
        assert any("合并单元格" in finding.observed for finding in package.findings)


def test_stray_missing_and_linked_files_are_told(tmp_path):
    folder = package_of(tmp_path / "p", [row(files="正文.txt; 没有.pdf")], files=("正文.txt", "多余.txt"))
    (folder / "链接.pdf").symlink_to("/etc/passwd")
    with open_package(folder) as package:
        (item,) = package.items
        assert item.missing == ("没有.pdf",)
        assert package.stray_files == ("多余.txt",)
        assert keys(package) == ["sec.pkg.unsafe"]


def test_a_catalogue_cannot_reach_outside(tmp_path):
    (tmp_path / "外.txt").write_text("x", encoding="utf-8")
    for name in ("../外.txt", str(tmp_path / "外.txt"), "/etc/passwd"):
        with open_package(package_of(tmp_path / "p", [row(files=name)])) as package:
            (item,) = package.items
            assert not item.files
            assert item.missing == (name,)


def test_names_in_gb18030_and_decomposed_unicode_are_found_and_kept(tmp_path):
    folder = package_of(tmp_path / "p", [row(files="附件：名单.txt; café.txt")], files=())
    names = ["附件：名单.txt".encode("gb18030"), "café.txt".encode()]
    for name in names:
        with open(os.fsencode(folder) + b"/" + name, "wb") as stream:  # noqa: PTH123 - bytes
            stream.write(b"x")
    with open_package(folder) as package:
        (item,) = package.items
        assert not item.missing
        assert [file.name_bytes for file in item.files] == names
        assert item.files[0].path.read_bytes() == b"x"


def test_a_folder_of_images_is_one_document(tmp_path):
    files = [f"0001/pages/{number:04}.tif" for number in (2, 1, 3)]
    with open_package(package_of(tmp_path / "p", [row(files="0001/pages")], files=files)) as package:
        (item,) = package.items
        (scan,) = item.files
    assert (scan.role, [page.name for page in scan.pages]) == (
        "page_images",
        ["0001.tif", "0002.tif", "0003.tif"],
    )
    assert not package.stray_files


def test_a_file_listed_twice_is_told(tmp_path):
    with open_package(package_of(tmp_path / "p", [row(1), row(2, "函")])) as package:
        assert keys(package) == ["auth.link"]


def test_a_catalogue_in_a_single_top_folder_is_found(tmp_path):
    (tmp_path / "outer").mkdir()
    package_of(tmp_path / "outer" / "inner", [row()])
    with open_package(tmp_path / "outer") as package:
        assert [item.title for item in package] == ["通知"]
        assert [file.name for item in package for file in item.files] == ["inner/正文.txt"]


def test_declared_numbers_that_are_no_numbers_are_told(tmp_path):
    folder = package_of(tmp_path / "p", [row()])
    (folder / "说明文件.TXT").write_bytes("总件数：若干\r\n总字节数：1,234 字节".encode("gb18030"))
    with open_package(folder) as package:
        assert package.declaration.items is None
        assert package.declaration.bytes == 1234
        assert keys(package) == ["auth.pkg.docs"]


def test_a_catalogue_in_no_known_character_set_is_told_and_read(tmp_path):
    folder = package_of(tmp_path / "p", [row()])
    data = (folder / "目录.csv").read_bytes()
    (folder / "目录.csv").write_bytes(data.replace("市府办".encode(), b"\xff\xfe\xff"))
    with open_package(folder) as package:
        (item,) = package.items
        assert keys(package) == ["use.meta.readable"]
        assert "\ufffd" in item.metadata["M32"]


def test_fifty_thousand_rows_are_read_twice_within_seconds(tmp_path):
    rows = (row(number, f"关于第{number}项工作的通知", "") for number in range(1, 50_001))
    with open_package(package_of(tmp_path / "p", rows, files=())) as package:
        assert sum(1 for _ in package) == 50_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_any_title_survives_the_catalogue(tmp_path, title):
    for name in ("x", "c"):
        target = tmp_path / name
        if target.exists():
            for file in target.iterdir():
                file.unlink()
            target.rmdir()
        write_folder_package(
            target, [ItemToWrite({"题名": title})], catalogue="xlsx" if name == "x" else "csv"
        )
        with open_package(target) as package:
            read = [item.metadata["M22"] for item in package]
        assert read == [title] or not title.strip()


def test_a_sheet_with_a_cell_in_its_farthest_corner_is_refused_and_not_laid_out(tmp_path):
    """5 KB that ask for half a terabyte: the reader of spreadsheets dies of it, the platform does not."""
    folder = tmp_path / "p"
    folder.mkdir()
    with xlsxwriter.Workbook(folder / "目录.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, row())
        sheet.write_string(1048575, 16383, "x")
    with open_package(folder) as package:
        assert not list(package.items)
    (finding,) = package.findings
    assert finding.outcome == "fail"
    assert "无法读取" in finding.observed
    assert "多余的行列" in finding.remedy


def test_cells_far_to_the_right_do_not_lengthen_the_other_rows(tmp_path):
    folder = package_of(tmp_path / "p", [])
    (folder / "目录.csv").unlink()
    with xlsxwriter.Workbook(folder / "目录.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, HEADINGS)
        sheet.write_row(3, 1, row())
        sheet.write_string(5, 300, "x")
    with open_package(folder) as package:
        first, *_rest = package.items
    assert first.metadata["M22"] == "通知"
    assert [file.name for file in first.files] == ["正文.txt"]


@pytest.mark.parametrize("title", ["=1+1", "+86 通知", "-批复", "@会议", "'=1+1", "''@x", "'引号", "\t=1"])
def test_a_title_that_would_be_computed_is_written_as_text_and_read_back_as_it_was(tmp_path, title):
    folder = write_folder_package(tmp_path / "包", [ItemToWrite({"题名": title})], catalogue="csv")
    with (folder / "目录.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    rows = list(open_catalogue(folder / "目录.csv").rows())
    assert title in rows[1]


def test_folders_nested_without_end_are_told_and_not_followed(tmp_path):
    package = tmp_path / "package"
    (package / "/".join("d" * 150)).mkdir(parents=True)
    (package / "a.txt").write_bytes(b"a")
    with open_package(package) as opened:
        (told,) = [finding.subject for finding in opened.findings if finding.key == UNSAFE]
    assert told == "/".join("d" * 101)
    assert list(opened.listing) == [b"a.txt"]
