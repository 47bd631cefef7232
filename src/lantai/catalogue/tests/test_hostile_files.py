"""Files made to do harm, and files of programs that kept no rule."""

import gzip
import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from access_parser.access_parser import AccessTable as AccessParserTable

from lantai.catalogue.importing import reading
from lantai.catalogue.importing.adapters.access_database import AccessDatabase
from lantai.catalogue.importing.reading import probe, read_chunks
from lantai.catalogue.importing.sources import access
from lantai.core.errors import Invalid

from .tables import dbf_file

DATA = Path(__file__).parent / "data"


def a_database(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement, *values in statements:
            connection.execute(statement, values)
    return path


def test_text_in_gbk_in_a_sqlite_database_is_read(tmp_path):
    path = a_database(
        tmp_path / "a.db",
        ("CREATE TABLE t(题名)",),
        ("INSERT INTO t VALUES (CAST(? AS TEXT))", "防汛预案".encode("gb18030")),
        ("INSERT INTO t VALUES (?)", "水库"),
    )
    assert probe(path).rows == [["题名"], ["防汛预案"], ["水库"]]


def test_a_damaged_database_is_told_in_words(tmp_path):
    path = a_database(
        tmp_path / "a.db", ("CREATE TABLE t(题名)",), *[("INSERT INTO t VALUES (?)", "x" * 3000)] * 9
    )
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 30_000)
    with pytest.raises(Invalid, match="数据库文件无法读取"):
        probe(path)


def test_a_view_that_goes_on_for_ever_fills_no_disk(tmp_path, monkeypatch):
    path = a_database(
        tmp_path / "a.db",
        (
            """CREATE VIEW v(题名) AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
            SELECT hex(zeroblob(10000)) FROM c""",
        ),
    )
    lines = []
    monkeypatch.setattr(reading, "MOST_TEXT_BYTES", 2**27)
    with pytest.raises(Invalid, match="超过"):
        reading._tell(
            {"path": str(path), "name": "", "table": "v", "charset": "", "probe": False}, Lines(lines)
        )
    assert sum(lines) <= 2**27 + 1000


class Lines:
    """Counts what is written, and forgets it."""

    def __init__(self, sizes):
        self.sizes = sizes

    def write(self, data):
        self.sizes.append(len(data))


def test_a_line_of_thousands_of_headings_is_refused_before_anything_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join(["题名"] * 2000) + "\n1\n", encoding="utf-8")
    with pytest.raises(Invalid, match="超过 512 列"):
        probe(path, path.name)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_of_a_dbf_that_is_none_is_an_empty_cell(tmp_path, value):
    path = tmp_path / "a.dbf"
    head = struct.pack("<4BIHH", 0x30, 26, 1, 1, 2, 65, 9) + bytes(17) + b"\x4d" + bytes(2)
    column = b"A".ljust(11, b"\0") + b"B" + bytes(4) + b"\x08" + bytes(15)
    path.write_bytes(head + column + b"\r" + b" " + struct.pack("<d", value) + b" " + struct.pack("<d", 2.5))
    assert [rows for rows, _count in read_chunks(path, "a.dbf", "", "")] == [b'[["A"],[""],["2.5"]]']


def read(path):
    """All rows of a file."""
    return [row for rows, _count in read_chunks(path, path.name, "", "") for row in json.loads(rows)]


def test_a_quotation_mark_nobody_closed_takes_no_row_into_its_cell_untold(tmp_path):
    path = tmp_path / "目录.csv"
    path.write_text('档号,题名\nA-1,"分\n行"\nA-2,"十五计划\nA-3,预算\nA-4,决算\n', encoding="utf-8")
    with pytest.raises(Invalid, match="第 4 行起双引号不成对"):
        read(path)
    path.write_text('档号,题名\nA-1,"一五"计划总结\n', encoding="utf-8")
    with pytest.raises(Invalid, match="第 2 行起双引号不成对"):
        probe(path)


def test_a_table_of_tabs_is_read_below_a_title_and_to_the_mark_dos_ends_files_with(tmp_path):
    path = tmp_path / "目录.txt"
    text = "云州市档案目录，2012年\r\n\r\n档号\t题名\r\nA-1\t甲，乙\r\nA-2\t丙，丁\r\n\x1a"
    path.write_bytes(text.encode("gb18030"))
    assert read(path)[2:] == [["档号", "题名"], ["A-1", "甲，乙"], ["A-2", "丙，丁"], []]


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_text_with_a_broken_character_is_told_by_its_line_and_its_encoding(tmp_path, charset):
    path = tmp_path / "目录.csv"
    rows = [f"A-{number},关于水利工程的批复" for number in range(2000)]
    data = "\n".join(["档号,题名", *rows]).encode(charset)
    whole = "工程".encode(charset)
    path.write_bytes(data.replace(whole, whole[:-1] + b"\xff", 900).replace(whole[:-1] + b"\xff", whole, 899))
    with pytest.raises(Invalid, match=rf"开头是 {charset.upper()} 编码，约第 \d+ 行起不是"):
        read(path)


@pytest.mark.parametrize(
    ("charset", "driver"), [("gb18030", 0x03), ("gb18030", 0x01), ("utf-8", 0x4D), ("big5hkscs", 0x00)]
)
def test_texts_of_a_dbf_are_read_as_what_they_are_whatever_its_header_says(tmp_path, charset, driver):
    titles = ["關於防汛工作的通知" if charset.startswith("big5") else "关于防汛工作的通知"] * 9
    path = dbf_file(tmp_path, [[title] for title in titles], names=("TM",), charset=charset, driver=driver)
    assert read(path) == [["TM"], *[[title] for title in titles]]


def test_texts_of_a_length_of_their_own_and_the_flags_of_foxpro_are_known(tmp_path):
    path, title = tmp_path / "a.dbf", "关于开展防汛工作大检查的通知和附件".encode("gb18030")
    head = struct.pack("<4BIHH", 0x30, 26, 1, 1, 2, 97, 42) + bytes(17) + b"\x4d" + bytes(2)
    columns = b"TM".ljust(11, b"\0") + b"V" + bytes(4) + b"\x28" + bytes(15)
    columns += b"_NullFlags".ljust(11, b"\0") + b"0" + bytes(4) + b"\x01" + bytes(15)
    short, long = title.ljust(39) + bytes([len(title)]) + b"\x01", b"x" * 40 + b"\x00"
    path.write_bytes(head + columns + b"\r" + b" " + short + b" " + long)
    assert read(path) == [["TM"], [title.decode("gb18030")], ["x" * 40]]


def a_damaged(content, random):
    """A database of which pages are empty, doubled or cut off."""
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    for _time in range(3):
        pages[random.randrange(3, len(pages))] = random.choice([bytes(4096), random.choice(pages)])
    return b"".join(pages)[: random.choice([None, random.randrange(4096, len(content))])]


@pytest.mark.parametrize("name", ["old.mdb", "old.accdb"])
def test_of_a_damaged_access_database_no_value_moves_to_another_row_and_no_row_is_missed_untold(
    tmp_path, name
):
    content = gzip.decompress((DATA / f"{name}.gz").read_bytes())
    path, random = tmp_path / name, Random(5)
    path.write_bytes(content)
    whole = set(map(tuple, access.open_table(path, "", "").rows))
    assert len(whole) == 301
    for _time in range(6):
        path.write_bytes(a_damaged(content, random))
        try:
            opened = access.open_table(path, "", "")
        except Invalid:
            continue
        rows = list(map(tuple, opened.rows))
        assert set(rows) <= whole
        assert opened.remarks == ([] if len(rows) == 301 else ["count_differs"])


def test_an_access_table_whose_columns_are_of_unlike_length_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "old.mdb"
    path.write_bytes(gzip.decompress((DATA / "old.mdb.gz").read_bytes()))
    original, seen = AccessParserTable._parse_row, []

    def loses_a_value(table, record):
        seen.append(record)
        original(table, record)
        if len(seen) == 100:
            next(iter(table.parsed_table.values())).pop()

    monkeypatch.setattr(AccessParserTable, "_parse_row", loses_a_value)
    database = AccessDatabase(path)
    seen.clear()
    with pytest.raises(Invalid, match="有损坏的记录") as told:
        database.read("文书档案目录")
    assert "压缩和修复" in told.value.remedy
