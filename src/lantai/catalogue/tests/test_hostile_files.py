"""Files made to do harm, and files of programs that kept no rule."""

import sqlite3
import struct
from contextlib import closing

import pytest

from lantai.catalogue.importing import reading
from lantai.catalogue.importing.reading import probe, read_chunks
from lantai.core.errors import Invalid


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
