"""Files that call themselves what they are not, and tables that break off or never end."""

import shutil
import struct
import time

import pytest

from lantai.catalogue.importing import rules
from lantai.catalogue.importing.reading import probe, read_chunks
from lantai.catalogue.importing.sources import MERGED
from lantai.core.errors import Invalid

from .tables import HEADINGS, checked, csv_file, dbf_file, kinds_by_row, loaded, row, sheet_file

PAGE = """<html><head><meta charset="{charset}"><script>var a = "<tr><td>x</td></tr>"</script></head><body>
<table border=1><tr><th>档号</th><th>题名</th><th>年度</th></tr>
<tr><td>A-1</td><td> 防汛&nbsp;预案 </td><td rowspan=2>1958</td></tr>
<tr><td>A-2</td><td>水库</td></tr><tr><td colspan=2>合计</td><td>2</td></tr></table></body></html>"""
XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="目录"><Table><Row><Cell><Data ss:Type="String">档号</Data></Cell><Cell><Data>题名</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">水库</Data></Cell></Row></Table></Worksheet></Workbook>"""


def table_of(path):
    """Rows of a table as its text."""
    return probe(path).rows


@pytest.mark.requirement("S15")
@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_a_web_page_saved_as_a_workbook_is_read_and_its_merged_cells_told(tmp_path, charset):
    path = tmp_path / "导出.xls"
    path.write_bytes(PAGE.format(charset=charset).encode(charset))
    assert table_of(path) == [
        ["档号", "题名", "年度"],
        ["A-1", "防汛 预案", "1958"],
        ["A-2", "水库", MERGED],
        ["合计", MERGED, "2"],
    ]


def test_a_workbook_of_2003_as_xml_is_read(tmp_path):
    path = tmp_path / "导出.xls"
    path.write_text(XML, encoding="utf-8")
    assert table_of(path) == [["档号", "题名"], ["", "水库"]]


def test_a_web_page_without_a_table_and_xml_with_entities_end_in_words(tmp_path):
    empty = tmp_path / "空.html"
    empty.write_text("<html><body>登录已过期</body></html>", encoding="utf-8")
    with pytest.raises(Invalid, match="没有表格"):
        probe(empty)
    laughing = tmp_path / "笑.xls"
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 99}">' for n in range(12))
    laughing.write_text(
        XML.replace("<Workbook", f"<!DOCTYPE x [{entities}]><Workbook", 1).replace("水库", "&l11;"),
        encoding="utf-8",
    )
    began = time.monotonic()
    try:
        told = str(table_of(laughing))
    except Invalid:
        told = ""
    assert "haha" not in told
    assert time.monotonic() - began < 30


@pytest.mark.django_db
def test_text_and_newer_workbooks_that_call_themselves_xls_are_read(tmp_path):
    text = tmp_path / "目录.xls"
    text.write_text("档号\t题名\nA-1\t水库\n", encoding="gb18030")
    assert table_of(text) == [["档号", "题名"], ["A-1", "水库"]]
    newer = tmp_path / "新目录.xls"
    shutil.copy(sheet_file(tmp_path, [row(1)]), newer)
    assert table_of(newer)[0] == HEADINGS
    shutil.copy(newer, tmp_path / "目录.ods")
    assert table_of(tmp_path / "目录.ods")[0] == HEADINGS


def locked_workbook():
    """The envelope Office puts a workbook under a password into, with nothing that could be read in it."""
    used, end, free = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
    chain = [used, end, 3, 4, 5, 6, 7, 8, 9, end]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<5H6x10I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0, 0)[:52]
    head = head[:76] + struct.pack("<I", 0)

    def entry(name, kind, child, start, size):
        raw = name.encode("utf-16-le") + b"\0\0"
        told = struct.pack("<HBB3I16xI16xIQ", len(raw), kind, 1, free, free, child, 0, start, size)
        return raw.ljust(64, b"\0") + told

    folder = entry("Root Entry", 5, 1, end, 0) + entry("EncryptedPackage", 2, free, 2, 4096)
    table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    return head.ljust(512, b"\xff") + table + folder.ljust(512, b"\0") + bytes(4096)


@pytest.mark.parametrize("name", ["目录.xlsx", "目录.xls"])
def test_a_password_is_told_for_what_it_is(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(locked_workbook())
    with pytest.raises(Invalid, match="打开口令"):
        probe(path)


def test_one_endless_line_is_no_table(tmp_path):
    path = tmp_path / "一行.csv"
    path.write_bytes("档号,题名\n".encode() + "甲,".encode() * 9_000_000)
    began = time.monotonic()
    with pytest.raises(Invalid, match="第 2 行超过"):
        list(read_chunks(path, path.name, "", ""))
    assert time.monotonic() - began < 30


def test_where_the_encoding_changes_is_told(tmp_path):
    path = tmp_path / "拼成.csv"
    lines = "".join(f"A-{number},关于水利工程的批复\n" for number in range(60_000))
    path.write_bytes(("档号,题名\n" + lines).encode() + "B-1,防汛预案\n".encode("gb18030") * 50)
    with pytest.raises(Invalid, match=r"UTF-8 编码，约第 \d+ 行起不是"):
        list(read_chunks(path, path.name, "", ""))


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 9])
def test_a_dbf_with_a_wrong_count_is_read_whole_and_the_difference_told(tmp_path, count):
    rows = [["J001-WS·2012-D30-BGS-%04d" % number, "题名", "2012", "30年", "5"] for number in (1, 2, 3)]  # noqa: UP031
    path = dbf_file(tmp_path, rows)
    data = path.read_bytes()
    path.write_bytes(data[:4] + struct.pack("<I", count) + data[8:])
    batch = checked(path)
    assert (batch.counts["rows"], kinds_by_row(batch)[0] >= {"count_differs"}) == (3, True)


@pytest.mark.django_db
def test_ragged_rows_and_cells_of_a_megabyte_are_told_by_row(tmp_path):
    rows = [
        row(1),
        row(2)[:2],
        [*row(3), "多", "余"],
        row(4, 备注="长" * 900_000),
        row(5, 题名="长" * 900_000),
    ]
    batch = checked(csv_file(tmp_path, rows))
    found = kinds_by_row(batch)
    assert 2 not in found
    assert 3 not in found  # short rows lack what is optional
    assert found[4] == {"row_short"}
    assert found[5] == found[6] == {"too_long"}
    assert rules.LONGEST < 900_000


@pytest.mark.django_db
def test_cells_that_no_column_of_the_database_holds_are_told_by_row(tmp_path):
    """Figures of thousands of digits ended the whole dry run; the others would have ended the load."""
    digits = "9" * 5000
    rows = [
        [*row(1), digits, "", "", ""],
        [*row(2, 档号=f"J001-WS·2012-D30-BGS-{digits}"), "", "", "", ""],
        [*row(3), "3", f"公开★{'长' * 21}", "", ""],
        [*row(4, 日期=""), "", "", "1958-03-05 13:45:10.123456789", "1958-03-06"],
        [*row(5, 年度=digits, 页数=digits), "", "", "", ""],
        [*row(6), "", "", "", ""],
    ]
    path = csv_file(tmp_path, rows, headings=[*HEADINGS, "件号", "密级", "起始日期", "终止日期"])
    batch = loaded(path)
    found = kinds_by_row(batch)
    assert (found[2], found[3], found[4]) == ({"number_form"}, {"too_long"}, {"too_long"})
    assert found[5] == {"too_long", "date_form"}
    assert found[6] == {"year_form", "pages_form"}
    assert batch.counts["loaded"]["created"] == 1


@pytest.mark.django_db
def test_what_was_read_from_a_web_page_is_imported(tmp_path):
    cells = "".join(f"<td>{cell}</td>" for cell in row(1))
    headings = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    path = tmp_path / "导出.xls"
    path.write_text(f"<table><tr>{headings}</tr><tr>{cells}</tr></table>", encoding="gb18030")
    assert loaded(path).counts["loaded"]["created"] == 1
