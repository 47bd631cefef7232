"""Business data becomes described, typed tables; a database is only ever read."""

import os
import sqlite3

import pytest

from lantai.core.errors import Invalid
from lantai.packages.api import (
    TableColumn,
    TableDescription,
    open_package,
    write_file_table,
    write_query_table,
)

from .described_samples import RECORD

KNOWN = {"id": TableColumn("id", "整数", key=True, meaning="水库编号")}
DESCRIPTION = TableDescription({**RECORD, "题名": "水库名录"}, "水利业务平台", columns=KNOWN)
CHANGES = [
    "DELETE FROM reservoir",
    "SELECT 1; DROP TABLE reservoir",
    "WITH gone AS (SELECT 1) DELETE FROM reservoir",
    "PRAGMA writable_schema=1",
    "ATTACH 'x' AS y",
    "/* SELECT */ UPDATE reservoir SET name=''",
]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "业务.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE reservoir (id INTEGER, name TEXT, height NUMERIC, built TEXT)")
        rows = [(1, "下沙塘", 12.5, "1958-03-01"), (2, "茅山\n水库", None, "1966-11-20")]
        connection.executemany("INSERT INTO reservoir VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return path


def read(folder):
    with open_package(folder) as package:
        assert package.kind == "table"
        assert [finding.observed for finding in package.structure()] == []
        [item] = package.items
        return item, (folder / "描述.xml").read_text(encoding="utf-8")


@pytest.mark.requirement("DA/T 57-2014", "Z58")
def test_a_query_becomes_a_typed_table_that_says_where_it_came_from(database, tmp_path):
    query = "SELECT id, name, height, built FROM reservoir ORDER BY id"
    assert write_query_table(f"sqlite:///{database}", query, tmp_path / "表", DESCRIPTION) == 2
    item, text = read(tmp_path / "表")
    assert item.title == "水库名录"
    assert query in text
    for expected in ('类型="整数"', '类型="小数"', '类型="日期"', '行数="2"', "水库编号", "水利业务平台"):
        assert expected in text


@pytest.mark.parametrize("statement", CHANGES)
def test_nothing_but_a_select_is_run(database, tmp_path, statement):
    before = database.read_bytes()
    with pytest.raises(Invalid):
        write_query_table(f"sqlite:///{database}", statement, tmp_path / "表", DESCRIPTION)
    assert database.read_bytes() == before
    assert not (tmp_path / "表").exists()


def test_a_query_that_takes_too_long_is_ended(database, tmp_path):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(Invalid):
        write_query_table(f"sqlite:///{database}", endless, tmp_path / "表", DESCRIPTION, timeout_s=0.2)


def test_a_spreadsheet_saved_as_csv_becomes_a_table(tmp_path):
    source = tmp_path / "名录.csv"
    source.write_bytes("id,name\n1,下沙塘\n2,\n".encode("gb18030"))
    assert write_file_table(source, tmp_path / "表", DESCRIPTION) == 2
    item, text = read(tmp_path / "表")
    assert item.files[0].name == "数据.csv"
    assert "名录.csv" in text


@pytest.mark.parametrize("heading", ["id,id", "id,", ""])
def test_a_table_without_names_for_its_columns_is_refused(tmp_path, heading):
    source = tmp_path / "名录.csv"
    source.write_text(f"{heading}\n1,2\n", encoding="utf-8")
    if heading:
        with pytest.raises(Invalid):
            write_file_table(source, tmp_path / "表", DESCRIPTION)


@pytest.mark.skipif(
    "postgresql" not in os.environ.get("LANTAI_DATABASE_URL", ""), reason="no PostgreSQL here"
)
@pytest.mark.parametrize(
    "statement", ["SELECT 1; SELECT 2", "WITH a AS (DELETE FROM b RETURNING 1) SELECT 1"]
)
def test_postgresql_refuses_the_same(tmp_path, statement):
    url = os.environ["LANTAI_DATABASE_URL"]
    assert write_query_table(url, "SELECT 1 AS id, 'a'::text AS name", tmp_path / "表", DESCRIPTION) == 1
    with pytest.raises(Invalid):
        write_query_table(url, statement, tmp_path / "又", DESCRIPTION)
