import shutil
import threading
import tracemalloc
from dataclasses import replace

import pytest

from lantai.core.findings import Outcome
from lantai.packages.api import PackageFile, open_package
from lantai.packages.eep.writing import write_original
from lantai.packages.encapsulation.parsing import Base64File
from lantai.packages.workroom import Workroom

from .encapsulations import METADATA, NAMESPACE, changed, original, record, told


def test_what_is_written_is_read_again(tmp_path):
    path = original(tmp_path)
    with open_package(path) as package:
        assert package.kind == "eep"
        (item,) = package.items
        assert {code: item.metadata[code] for code in METADATA} == METADATA
        assert [(file.name, file.role) for file in item.files] == [
            ("正文.txt", "body"),
            ("附件1.pdf", "attachment"),
        ]
        assert [file.path.read_bytes() for file in item.files] == [b"text", bytes(range(256)) * 5]
        assert [file.declared_bytes for file in item.files] == [4, 1280]
        assert item.files[1].path.suffix == ".pdf"
        assert '"封装"' in item.extra["业务实体"]
        assert item.announced_pages == 2
        assert not list(package.structure())
        assert [one.number for one in package] == [one.number for one in package.items] == [1]
        taken_out = item.files[0].path.parent
    assert not taken_out.exists()


def test_page_images_are_one_document(tmp_path):
    item = record(tmp_path / "f", {"0001.tif": b"a", "0002.tif": b"b"})
    pages = tuple(file.path for file in item.files)
    scan = PackageFile(tmp_path / "f", "扫描件".encode(), "扫描件", "page_images", {}, 2, None, pages)
    write_original(replace(item, files=(scan,)), tmp_path / "a.eep")
    with open_package(tmp_path / "a.eep") as package:
        ((read,),) = [one.files for one in package]
        assert (read.role, read.name) == ("page_images", "扫描件")
        assert [page.read_bytes() for page in read.pages] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<版本>2009<", "<版本>2012<", "EEP-3"),
        ('eep版本="2009"', 'eep版本="2012"', "EEP-3"),
        (NAMESPACE, "http://example.org/", "EEP-2"),
        ("依据", "", ""),
        (">原始型<", ">修改型<", "EEP-5"),
        (">原始型<", ">eep<", "EEP-5"),
        ("<责任者>市府办</责任者>", "", "EEP-6"),
        ("<聚合层次>文件</聚合层次>", "<聚合层次>案卷</聚合层次>", "EEP-7"),
        ("<密级>公开<", "<密级><", "EEP-7"),
        ('编码ID="修改0-文档1-文档数据1-编码1"', '编码ID="修改0-文档2-文档数据1-编码1"', "EEP-8"),
        ("<机构人员标识符>机构人员1<", "<机构人员标识符>别人<", "EEP-8"),
        ("dGV4dA==", "dGV4dA=", "EEP-9"),
        ("dGV4dA==", "d=V4dA==", "EEP-9"),
        ("dGV4dA==", "!!!!", "EEP-9"),
        ("dGV4dA==", "", "EEP-9"),
        ("<计算机文件名>正文.txt<", "<计算机文件名>../../../etc/正文.txt<", "EEP-10"),
        ("<计算机文件大小>4<", "<计算机文件大小>5<", "EEP-11"),
        ("<计算机文件大小>4<", "<计算机文件大小>约四<", "EEP-11"),
        ("<格式信息>pdf<", "<格式信息>TIFF 6.0<", "EEP-12"),
        ("</电子文件封装包>", "", "EEP-1"),
        ("<电子文件封装包 ", "<!DOCTYPE a [<!ENTITY b 'c'>]><电子文件封装包 ", "EEP-1"),
        ('encoding="UTF-8"', 'encoding="EBCDIC-X"', "EEP-1"),
    ],
)  # fmt: skip
def test_each_rule_names_its_fault(tmp_path, old, new, code):
    path = original(tmp_path)
    if not code:
        assert not told(path)
        return
    found = told(changed(path, old, new))
    assert code in found, found
    assert "a.eep" in found[code]


def test_a_name_in_the_xml_leads_nowhere(tmp_path):
    path = changed(original(tmp_path), "<计算机文件名>正文.txt<", "<计算机文件名>..\\..\\a/正文.txt<")
    with open_package(path) as package:
        (item,) = package.items
        assert item.files[0].name == "正文.txt"
        assert package.workroom.folder in item.files[0].path.parents


def test_gb2312_that_is_gb18030_is_read_and_told(tmp_path):
    path = original(tmp_path)
    text = path.read_text(encoding="utf-8").replace('encoding="UTF-8"', 'encoding="GB2312"')
    path.write_bytes(text.encode("gb18030"))
    assert "EEP-13" in told(path, Outcome.WARN)
    with open_package(path) as package:
        assert [item.title for item in package] == [METADATA["M22"]]


def test_a_folder_with_one_broken_package_keeps_the_others(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    whole = original(tmp_path)
    shutil.copy(whole, folder / "1.eep")
    (folder / "2.eep").write_bytes(whole.read_bytes()[:900])
    shutil.copy(whole, folder / "3.XML")
    (folder / "杂.txt").write_text("x", encoding="utf-8")
    with open_package(folder) as package:
        assert (package.kind, package.stray_files) == ("eep", ("杂.txt",))
        assert [item.number for item in package] == [1, 2]
        assert ["2.eep" in finding.subject for finding in package.structure()] == [True]


def test_a_large_file_streams_through(tmp_path):
    data = b"\0" * (24 << 20)
    path = original(tmp_path, files={"大.bin": data})
    tracemalloc.start()
    with open_package(path) as package:
        (item,) = package.items
        assert item.files[0].size_bytes == len(data)
        assert item.files[0].path.stat().st_size == len(data)
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20


def test_nesting_without_end_is_refused(tmp_path):
    deep = "<修改封装内容>" * 5000
    path = changed(original(tmp_path), "<封装内容>", f"{deep}<封装内容>")
    assert "嵌套" in told(path)["EEP-1"]


def test_a_file_that_is_read_stays_whole_while_it_is_decoded_once_more(tmp_path):
    path = tmp_path / "000000"
    first = Base64File(path)
    first.feed("5q2j5paH")
    first.finish()
    again = Base64File(path)
    again.feed("5q2j")
    assert path.read_text(encoding="utf-8") == "正文"
    again.feed("5paH")
    assert again.finish().size_bytes == 6
    assert [path] == list(tmp_path.iterdir())


def test_a_package_is_closed_though_a_child_still_takes_files_out():
    room, writing = Workroom(), threading.Event()
    folder = room.folder

    def take_out():
        for number in range(100_000):
            try:
                (folder / f"{number}").touch()
            except FileNotFoundError:
                return
            if number == 500:
                writing.set()

    child = threading.Thread(target=take_out)
    child.start()
    writing.wait()
    room.close()
    child.join()
    assert not list(folder.parent.glob(f"{folder.name}*"))
