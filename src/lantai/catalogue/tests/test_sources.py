"""Catalogues in every kind of file and character set, and files that are none."""

import gzip
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from lantai.catalogue.importing.charsets import guess
from lantai.catalogue.importing.fields import find_headings, guess_columns
from lantai.catalogue.importing.reading import probe, read_chunks
from lantai.catalogue.importing.sources import beginnings, sheets
from lantai.core.errors import Invalid

from .tables import HEADINGS, checked, csv_file, database_file, dbf_file, kinds_by_row, row, sheet_file

DATA = Path(__file__).parent / "data"
"""Made with Jackcess, by a program of ours: 300 rows of nobody's catalogue."""
pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S15")
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_table_is_read_in_any_character_set(tmp_path, charset):
    batch = checked(csv_file(tmp_path, [row(1), row(2)], charset=charset))
    assert (batch.counts["good"], batch.counts["bad"]) == (2, 0)
    assert batch.columns[:3] == ["reference_code", "title", "responsible"]


def test_big5_is_told_from_gb18030():
    text = "檔號,題名,責任者\n關於印發水利工程建設管理辦法的通知,縣政府,請示報告\n" * 3
    assert guess(text.encode("big5hkscs")) == "big5hkscs"
    assert (
        guess("档号,题名,责任者\n关于印发水利工程建设管理办法的通知,县政府\n".encode("gb18030")) == "gb18030"
    )


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_what_stands_between_cells_is_found_out(tmp_path, separator):
    batch = checked(csv_file(tmp_path, [row(1), row(2)], separator=separator))
    assert batch.counts["good"] == 2


@pytest.mark.requirement("S15")
def test_workbooks_tables_databases_and_dumps_come_to_the_same(tmp_path):
    rows = [row(1), row(2)]
    short = [[cells[0], cells[1], cells[5], cells[6], cells[7]] for cells in rows]
    listed = ",\n".join("(" + ",".join(f"'{cell}'" for cell in cells) + ")" for cells in rows)
    dump = tmp_path / "旧系统.sql"
    columns = ",".join(f"`{heading}`" for heading in HEADINGS)
    dump.write_text(
        f"CREATE TABLE x (a int);\nINSERT INTO `archive` ({columns}) VALUES {listed};\n", encoding="utf-8"
    )
    for path in (sheet_file(tmp_path, rows), dbf_file(tmp_path, short), database_file(tmp_path, rows), dump):
        batch = checked(path)
        assert (path.suffix, batch.counts["good"], batch.counts["bad"]) == (path.suffix, 2, 0)


@pytest.mark.requirement("S15")
@pytest.mark.parametrize("name", ["old.mdb", "old.accdb"])
def test_access_databases_of_2000_and_2010_are_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.decompress((DATA / f"{name}.gz").read_bytes()))
    batch = checked(path)
    assert (batch.table, batch.counts["good"], batch.counts["bad"]) == ("文书档案目录", 300, 0)
    path.write_bytes(path.read_bytes()[:9_000])
    with pytest.raises(Invalid, match="无法读取"):
        probe(path)


def test_a_dump_keeps_quotes_nulls_and_copy_blocks(tmp_path):
    dump = tmp_path / "d.sql"
    dump.write_text(
        "COPY public.d (档号, 题名, 备注) FROM stdin;\n"
        "A-1\t含\\t制表符\t\\N\n"
        "\\.\n"
        "INSERT INTO other VALUES (1);\n",
        encoding="utf-8",
    )
    rows = probe(dump).rows
    assert rows == [["档号", "题名", "备注"], ["A-1", "含\t制表符", ""]]
    dump.write_text(
        "INSERT INTO t (档号,题名) VALUES ('A-1','甲''乙\\'丙; (丁)'),\n('A-2',NULL);\n", encoding="utf-8"
    )
    assert probe(dump).rows[1:] == [["A-1", "甲'乙'丙; (丁)"], ["A-2", ""]]


def test_headings_are_found_below_a_title_and_guessed_by_their_names():
    rows = [
        ["某局档案目录"],
        [],
        ["件号", "归档号", "文件标题", "发文机关", "成文日期", "归档年度", "期限"],
        ["1"],
    ]
    assert find_headings(rows) == 2
    guessed = guess_columns(rows[2])
    assert guessed == [
        "item_number",
        "reference_code",
        "title",
        "responsible",
        "date_text",
        "year",
        "retention",
    ]
    with pytest.raises(Invalid, match="没有找到表头"):
        find_headings([["甲", "乙"], ["1", "2"]])


@pytest.mark.requirement("S15")
def test_columns_somebody_settled_are_remembered(tmp_path):
    from lantai.catalogue.importing.services import confirm_columns
    from lantai.core.actors import SYSTEM

    headings = ["档号", "卷宗内容", "年度"]
    rows = [["J001-WS·2012-D30-BGS-0001", "通知", "2012"]]
    batch = checked_columns(tmp_path, rows, headings)
    assert batch.columns == ["reference_code", "", "year"]
    confirm_columns(batch=batch, columns=["reference_code", "title", "year"], actor=SYSTEM)
    assert checked_columns(tmp_path, rows, headings).columns == ["reference_code", "title", "year"]


def checked_columns(folder, rows, headings):
    from lantai.catalogue.importing.services import receive_file
    from lantai.core.actors import SYSTEM

    from .tables import prepared

    return receive_file(file=csv_file(folder, rows, headings=headings), fonds=prepared(), actor=SYSTEM)


def test_merged_cells_formulas_and_repeated_columns_are_told(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*HEADINGS, "标题", "颜色"])
        sheet.write_row(1, 0, row(1))
        sheet.write_row(2, 0, row(2))
        sheet.merge_range(1, 2, 2, 2, "合并的责任者")
        sheet.write_row(3, 0, row(3))
        sheet.write_formula(3, 7, "=1/0", None, "#DIV/0!")
    found = kinds_by_row(checked(path))
    assert {"formulas", "merged", "column_repeated", "column_unknown"} <= found[0]
    assert found[3] == {"merged_cell"}
    assert found[4] == {"formula_error"}


def test_the_sheet_with_codes_and_titles_is_taken_and_the_others_are_told(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("封面").write(0, 0, "云州市档案馆移交目录")
        book.add_worksheet("机构").write_row(0, 0, ["责任者", "备注"])
        for name in ("文书", "补充"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADINGS)
            sheet.write_row(1, 0, row(1))
    batch = checked(path)
    assert (batch.table, batch.counts["good"]) == ("文书", 1)
    told = batch.problems.get(kind="tables_left")
    assert (told.row, told.stops, told.details["names"]) == (0, False, "封面、机构、补充")
    assert checked(path, table="补充").other_tables == ["封面", "机构", "文书"]
    with pytest.raises(Invalid, match="没有找到表头"):
        checked(path, table="封面")


@pytest.mark.parametrize(("spans", "told"), [("", []), ('table:number-rows-spanned="2"', ["merged"])])
def test_merged_cells_of_an_open_document_are_told(tmp_path, spans, told):
    def cells(*texts):
        made = "".join(
            f"<table:table-cell office:value-type='string' {spans if text == '甲' else ''}><text:p>{text}</text:p>"
            "</table:table-cell>"
            if text
            else f"<table:{'covered-' if spans else ''}table-cell/>"
            for text in texts
        )
        return f"<table:table-row>{made}</table:table-row>"

    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    path = tmp_path / "目录.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet><table:table table:name='目录'>"
            f"{cells('档号', '题名')}{cells('A-1', '甲')}{cells('A-2', '')}"
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    opened = sheets.open_sheet(path, "", "")
    assert opened.remarks == told
    assert list(opened.rows) == [["档号", "题名"], ["A-1", "甲"], ["A-2", ""]]


def test_bombs_and_files_that_are_none_end_in_words(tmp_path):
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (120 * 2**20))
    far = sheet_file(tmp_path, [row(1)], name="far.xlsx", headings=[*HEADINGS, *[""] * 600, "远"])
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 no archive")
    for path, told in ((bomb, "不相称"), (far, "列"), (broken, "无法")):
        with pytest.raises(Invalid, match=told):
            probe(path)
    unknown = tmp_path / "a.exe"
    unknown.write_bytes(b"MZ\x00\x01")
    with pytest.raises(Invalid, match="不认识这种文件"):
        probe(unknown)


def test_rows_come_in_pieces_and_lose_nothing(tmp_path):
    path = csv_file(tmp_path, [row(number) for number in range(1, 6_001)])
    pieces = [count for _line, count in read_chunks(path, "", "", "")]
    assert pieces == [5_000, 1_001]


def test_the_headings_of_a_long_sheet_are_seen_without_reading_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(beginnings, "BEGINNING_BYTES", 4096)
    path = tmp_path / "长.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("目录")
        for place, cells in enumerate([["市发展改革委目录"], HEADINGS, *map(row, range(1, 201))]):
            sheet.write_row(place, 0, cells)
        sheet.merge_range(201, 2, 202, 2, "合并的责任者")
    begun, whole = sheets.open_beginning(path, ""), sheets.open_sheet(path, "", "")
    first, everything = list(begun.rows), list(whole.rows)
    assert 2 < len(first) < 60
    assert first == everything[: len(first)]
    assert (begun.table, begun.remarks, whole.remarks) == ("目录", [], ["merged"])
    assert sheets.open_beginning(sheet_file(tmp_path, [row(1)]), "没有的") is None


def streamed_book(path, rows, after=""):
    """A workbook whose sheet names its texts in place, as programs write it when they stream."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("目录")
        for place, cells in rows:
            sheet.write_row(place, 1, cells)
        if after:
            sheet.merge_range(after, "合并")
    return path


def test_a_long_sheet_comes_to_the_same_in_stretches_as_in_one(tmp_path, monkeypatch):
    placed = [(3, HEADINGS), *((4 + number, row(number, 备注="")) for number in range(1, 301))]
    placed = [(place + (400 if place > 200 else 0), cells) for place, cells in placed]
    path = streamed_book(tmp_path / "长.xlsx", placed)
    whole = list(sheets.open_sheet(path, "", "").rows)
    monkeypatch.setattr(beginnings, "STRETCH_BYTES", 8192)
    stretches = list(beginnings.stretches_of(path, "xl/worksheets/sheet1.xml"))
    rows = list(sheets.open_sheet(path, "", "").rows)
    assert len(stretches) > 10
    assert [" ".join(cells).rstrip() for cells in rows] == [" ".join(cells).rstrip() for cells in whole]
    assert [place for place, cells in enumerate(rows) if any(cells)] == [place for place, _cells in placed]


def test_a_long_sheet_whose_rows_hang_together_is_read_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(beginnings, "STRETCH_BYTES", 8192)
    rows = list(enumerate([HEADINGS, *map(row, range(1, 301))]))
    merged = streamed_book(tmp_path / "合并.xlsx", rows, "B400:C400")
    assert sheets.open_sheet(merged, "", "").remarks == ["merged"]
    monkeypatch.setattr(beginnings, "MOST_BESIDE_A_STRETCH_BYTES", 512)
    assert (
        beginnings.stretches_of(streamed_book(tmp_path / "x.xlsx", rows), "xl/worksheets/sheet1.xml") is None
    )


@pytest.mark.parametrize("written", [b"<x:row>", b""])
def test_a_sheet_whose_beginning_cannot_be_cut_is_read_whole(tmp_path, monkeypatch, written):
    monkeypatch.setattr(beginnings, "BEGINNING_BYTES", 64)
    path = tmp_path / "怪.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", written * 100)
    assert beginnings.beginning_of(path, "xl/worksheets/sheet1.xml") is None
