"""DA/T 93 packages and carriers: what is read, what each rule says, what a hostile sender gets."""

import zipfile
from pathlib import Path

import pytest

from lantai.core.findings import Outcome
from lantai.packages.api import FileToWrite, ItemToWrite, open_package, write_folder_package, write_package

CODES = ("A001-WS·2024-Y-0001", "A001-WS·2024-Y-0002")


def folder(tmp_path: Path, codes=CODES, **columns) -> Path:
    source = tmp_path / "s.txt"
    source.write_text("正文", encoding="utf-8")
    items = [
        ItemToWrite(
            {"题名": f"关于㐂某的通知{n}", "责任者": "市府办", "日期": "20240301", "年度": "2024", "保管期限": "永久",
             "密级": "公开", "档号": code, "公开属性": "主动公开", **columns},
            (FileToWrite(source, f"{n}/正文.txt"), FileToWrite(source, f"{n}/附件1.txt")),
        )
        for n, code in enumerate(codes, 1)
    ]  # fmt: skip
    return write_folder_package(tmp_path / "folder", items, {"移交单位": "市府办"}, catalogue="csv")


def made(tmp_path: Path, kind: str, **options) -> Path:
    with open_package(folder(tmp_path)) as package:
        write_package(package, tmp_path / kind, kind, options)
    return tmp_path / kind


def told(path: Path, *outcomes: Outcome) -> dict[str, str]:
    """Rules with what was observed, and the keys of what keeps the package out."""
    with open_package(path) as package:
        list(package.items)
        found = [*package.structure(), *package.findings]
    assert all(finding.subject and finding.expected and finding.remedy for finding in found)
    return {
        finding.code.rpartition(" ")[2] or finding.key: f"{finding.subject}: {finding.observed}"
        for finding in found
        if finding.outcome in (outcomes or (Outcome.FAIL, Outcome.WARN))
    }


def changed(path: Path, old: str, new: str, charset="utf-8", write_as="") -> Path:
    text = path.read_bytes().decode(charset)
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode(write_as or charset))
    return path


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_transfer_package_is_read_as_it_was_written(tmp_path, charset):
    with open_package(made(tmp_path, "dat93", encoding=charset)) as package:
        first, second = package.items
        assert package.kind == "dat93"
        assert not list(package.structure())
        assert not package.findings
        assert not package.stray_files
        assert (package.declaration.agency, package.declaration.items) == ("市府办", 2)
    assert (first.metadata["M8"], second.metadata["M12"], first.title) == (
        CODES[0],
        "永久",
        "关于㐂某的通知1",
    )
    assert first.extra["公开属性"] == "主动公开"
    assert [(file.role, set(file.declared), file.declared_bytes) for file in first.files] == [
        ("body", {"sm3"}, 6),
        ("attachment", {"sm3"}, 6),
    ]
    assert first.embedded["电子档案元数据.XML"]["M22"] == first.title


def test_one_top_folder_names_in_other_cases_and_an_archive_are_taken(tmp_path):
    path = made(tmp_path, "dat93")
    (path / "说明文件.TXT").rename(path / "说明文件.txt")
    (path / "目录文件.XML").rename(path / "目录文件.xml")
    target = tmp_path / "包.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(path.rglob("*")):
            archive.write(file, f"移交2024/{file.relative_to(path)}")
    with open_package(target, workspace=tmp_path) as package:
        assert (package.kind, len(list(package))) == ("dat93", 2)
        assert not list(package.structure())


def _write(name: str, data: bytes):
    def do(path: Path) -> None:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)

    return do


def _change(name: str, old: str, new: str, **more):
    return lambda path: changed(path / name, old, new, **more)


def _remove(pattern: str):
    return lambda path: next(path.rglob(pattern)).unlink()


CATALOGUE, WORDS = "目录文件.XML", "说明文件.TXT"
BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/passwd">'
FAULTS = {
    "no declaration": (_remove(WORDS), "B.1"),
    "a declaration without its agency": (_change(WORDS, "移交单位：市府办", "移交单位："), "B.1"),
    "no catalogue root": (_change(CATALOGUE, "<文件目录>", "<目录><文件目录>"), "B.2"),
    "another root": (lambda p: [changed(p / CATALOGUE, f"<{e}文件目录>", f"<{e}目录>") for e in ("", "/")], "B.2"),
    "a truncated catalogue": (_change(CATALOGUE, "</文件目录>", ""), "B.2"),
    "entities": (_change(CATALOGUE, "<文件目录>", f"{BOMB}<文件目录>"), "B.2"),
    "an outside document type": (_change(CATALOGUE, "<文件目录>", f"{OUTSIDE}<文件目录>"), "B.2"),
    "GB18030 that calls itself GB2312": (_change(CATALOGUE, "UTF-8", "GB2312", write_as="gb18030"), "B.3"),
    "UTF-16": (_change(CATALOGUE, "UTF-8", "UTF-16", write_as="utf-16"), "B.3"),
    "GB18030 that calls itself UTF-8": (_change(CATALOGUE, "通知1", "通知", write_as="gb18030"), "B.2"),
    "a character set nobody knows": (_change(CATALOGUE, "UTF-8", "X-KLINGON"), "B.2"),
    "a declaration in UTF-16": (lambda p: (p / WORDS).write_text("移交单位：甲", encoding="utf-16"), "B.3"),
    "no author": (_change(CATALOGUE, "<责任者>市府办</责任者>", "<责任者/>"), "B.4"),
    "no note": (_change(CATALOGUE, "<备注></备注>", ""), "B.4"),
    "one reference code twice": (_change(CATALOGUE, f"<档号>{CODES[1]}", f"<档号>{CODES[0]}"), "B.5"),
    "more promised than there is": (_change(WORDS, "档案数量：2", "档案数量：3 件"), "B.6"),
    "an entry without a folder": (_change(CATALOGUE, CODES[1], "A001-WS·2024-Y-0009"), "B.7"),
    "a folder without an entry": (_write("A001/WS/A001-WS·2024-Y-0003/a.txt", b"x"), "B.7"),
    "a code that leads outside": (_change(CATALOGUE, CODES[1], "../../../etc"), "B.7"),
    "no metadata": (_remove("电子档案元数据.XML"), "B.8"),
    "metadata with entities": (
        lambda p: changed(next(p.rglob("电子档案元*")), "<电子档案元数据>", f"{BOMB}<电子档案元数据>"),
        "B.8",
    ),
    "no content": (lambda p: [f.unlink() for f in p.rglob("*.txt") if CODES[0] in str(f)], "B.9"),
    "a loose file": (_write("多余.doc", b"x"), "B.10"),
    "a range that is another's": (_change(WORDS, f"起止档号：{CODES[0]}", "起止档号：B-1"), "B.11"),
    "numbers that do not run": (_change(CATALOGUE, "<顺序号>2<", "<顺序号>7<"), "B.12"),
    "half a carrier": (_write(WORDS, "移交单位：甲\n载体编号：1\n".encode()), "B.13"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_rule_of_a_transfer_package_names_its_fault(tmp_path, fault):
    spoil, code = FAULTS[fault]
    path = made(tmp_path, "dat93")
    assert not told(path)
    spoil(path)
    assert code in told(path)


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_byte_order_mark_does_no_harm(tmp_path, mark):
    path = made(tmp_path, "dat93")
    for name in (CATALOGUE, WORDS):
        (path / name).write_bytes(mark.encode() + (path / name).read_bytes())
    assert not told(path)


def test_what_can_be_read_of_a_broken_catalogue_is_read(tmp_path):
    path = made(tmp_path, "dat93")
    data = (path / CATALOGUE).read_bytes()
    (path / CATALOGUE).write_bytes(data[: data.index("<顺序号>2".encode())])
    with open_package(path) as package:
        assert [item.number for item in package] == [1]
        assert "auth.pkg.docs" in {finding.key for finding in package.findings}


def test_a_carrier_is_read_as_it_was_written(tmp_path):
    path = made(tmp_path, "carrier", 载体参数="CD", 载体编号="1", 检查单位="市馆")
    with open_package(path) as package:
        first, _second = package.items
        assert package.kind == "carrier"
        assert not list(package.structure())
        assert not package.stray_files
    assert (first.metadata["M11"], first.metadata["M12"], first.extra["门类"]) == ("2024", "永久", "WS")
    assert [(file.role, file.path.name) for file in first.files] == [
        ("body", "正文.txt"),
        ("attachment", "附件1.txt"),
    ]


def test_a_carrier_finds_files_by_path_by_name_and_by_folder(tmp_path):
    (tmp_path / "c/电子档案/2024").mkdir(parents=True)
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / "c/电子档案/2024" / name).write_bytes(b"x")
    entry = "<{0}><顺序号>{1}</顺序号><档号>D{1}</档号><题名>t</题名><电子档案名称>{2}</电子档案名称></{0}>"
    entries = "".join(
        entry.format("案卷", n, name) for n, name in enumerate(["2024/a.pdf", "b", "2024", "c.pdf"], 1)
    )
    text = f'<?xml version="1.0" encoding="GB2312"?><案卷目录>{entries}</案卷目录>'
    (tmp_path / "c/案卷目录.XML").write_bytes(text.encode("gb2312"))
    with open_package(tmp_path / "c") as package:
        items = list(package)
        assert [[file.path.name for file in item.files] for item in items] == [
            ["a.pdf"], ["b.pdf"], ["a.pdf", "b.pdf"], [],
        ]  # fmt: skip
        assert {item.metadata["M1"] for item in items} == {"案卷"}
        assert items[3].missing == ("c.pdf",)


CARRIER_FAULTS = {
    "a file nobody lists": (_write("电子档案/2024/x.pdf", b"x"), "第3项"),
    "a file that is not there": (
        _change("文件目录.XML", "<电子档案名称>2024", "<电子档案名称>../../2024"),
        "第3项",
    ),
    "no names": (_change("文件目录.XML", "<题名>关于㐂某的通知1", "<题名>"), "第2项"),
    "entities": (_change("文件目录.XML", "<文件目录>", f"{BOMB}<文件目录>"), "第2项"),
    "a file in the way": (_write("x.exe", b"MZ"), "第4项"),
    "no declaration": (_remove(WORDS), "第1项"),
}


@pytest.mark.parametrize("fault", CARRIER_FAULTS)
def test_each_rule_of_a_carrier_names_its_fault(tmp_path, fault):
    spoil, code = CARRIER_FAULTS[fault]
    path = made(tmp_path, "carrier", 载体参数="CD", 载体编号="1", 检查单位="市馆")
    assert not told(path)
    spoil(path)
    assert code in told(path)
