"""Database dumps as the programs of old systems write them, and such as mean harm."""

import time

import pytest

from lantai.catalogue.importing.reading import probe
from lantai.core.errors import Invalid

DUMPS = {
    "SQL Server 2008, Management Studio": (
        "utf-16",
        (
            "SET IDENTITY_INSERT [dbo].[文书档案] ON\r\n"
            "INSERT [dbo].[文书档案] ([档号], [题名], [成文日期], [页数]) "
            "VALUES (N'A-1', N'关于''十五''的通知', CAST(0x0000A01100000000 AS DateTime), CAST(12.00 AS Decimal(10, 2)))\r\n"
            "INSERT [dbo].[文书档案] ([档号], [题名], [成文日期], [页数]) "
            "VALUES (N'A-2', N'D:\\扫描\\', CAST(N'2012-03-05T00:00:00.000' AS DateTime), NULL)\r\n"
            "INSERT [dbo].[文书档案] ([档号], [题名], [成文日期], [页数]) "
            "VALUES (N'A-3', N'第一行\r\nGO 的', CAST(0xF5360B00 AS Date), 3)\r\nGO\r\n"
        ),
        [
            ["档号", "题名", "成文日期", "页数"],
            ["A-1", "关于'十五'的通知", "20120311", "12.00"],
            ["A-2", "D:\\扫描\\", "2012-03-05T00:00:00.000", ""],
            ["A-3", "第一行\nGO 的", "20130408", "3"],
        ],
    ),
    "Oracle, PL/SQL Developer": (
        "gb18030",
        (
            "prompt Importing table DA...\r\nset feedback off\r\nset define off\r\n"
            "insert into DA (DH, TM, RQ)\r\n"
            "values ('A-1', '第一行' || chr(10) || '第二行', to_date('05-03-1958', 'dd-mm-yyyy'));\r\n\r\n"
            "insert into DA (DH, TM, RQ)\r\n"
            "values ('A-2', to_clob('甲;') || to_clob('乙'), to_date('1958-03-06 08:00', 'yyyy-mm-dd hh24:mi'));\r\n"
            "prompt Done.\r\n"
        ),
        [
            ["DH", "TM", "RQ"],
            ["A-1", "第一行\n第二行", "1958-03-05"],
            ["A-2", "甲;乙", "1958-03-06 08:00"],
        ],
    ),
    "Dameng": (
        "utf-8",
        (
            'INSERT INTO "DA"."文书"("档 号","题名","日期") VALUES'
            "('A-1','甲',DATETIME'1958-03-05 00:00:00');\n"
            'INSERT INTO "DA"."文书"("档 号","题名","日期") VALUES'
            "('A-2','乙\\',TO_DATE('1958-03-05','YYYY-MM-DD'));\n"
        ),
        [["档 号", "题名", "日期"], ["A-1", "甲", "1958-03-05 00:00:00"], ["A-2", "乙\\", "1958-03-05"]],
    ),
    "MySQL": (
        "utf-8",
        (
            "CREATE TABLE `da` (\n  `dh` varchar(50) NOT NULL,\n  `tm` text,\n  `bz` blob,\n  PRIMARY KEY (`dh`)\n);\n"
            "REPLACE INTO `da` VALUES ('A-1','甲\\'乙',_binary '丙'),('A-2',NULL,b'1');\n"
        ),
        [["dh", "tm", "bz"], ["A-1", "甲'乙", "丙"], ["A-2", "", "1"]],
    ),
    "PostgreSQL": (
        "utf-8",
        (
            "SET standard_conforming_strings = on;\n"
            "INSERT INTO public.da (dh, tm) VALUES ('A-1', 'c:\\dir'), (E'A\\n2', '乙'::character varying(20));\n"
            "INSERT INTO public.da (dh, tm) SELECT dh, tm FROM other;\n"
        ),
        [["dh", "tm"], ["A-1", "c:\\dir"], ["A\n2", "乙"]],
    ),
    "without semicolons": (
        "utf-8",
        "INSERT INTO t (dh) VALUES ('A-1')\nINSERT INTO t (dh) VALUES ('A-2')\nINSERT INTO t (dh) VALUES ('A-3')\n",
        [["dh"], ["A-1"], ["A-2"], ["A-3"]],
    ),
}


@pytest.mark.requirement("S15", "Z55")
@pytest.mark.parametrize("program", DUMPS)
def test_a_dump_of_each_program_is_read_row_by_row(tmp_path, program):
    charset, text, rows = DUMPS[program]
    path = tmp_path / "d.sql"
    path.write_bytes(text.encode(charset))
    assert probe(path).rows == rows


@pytest.mark.parametrize(
    "values", ["f(" * 100_000, "'" + "''" * 500_000, "'甲' || ", "(" * 1000, "'甲', 'x' y)"], ids=range(5)
)
def test_a_dump_that_is_none_ends_in_words_and_soon(tmp_path, values):
    path = tmp_path / "d.sql"
    path.write_text(f"INSERT INTO t (dh) VALUES ({values}\n", encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(Invalid, match="转储中的一行数据无法读取"):
        probe(path)
    assert time.monotonic() - began < 60
