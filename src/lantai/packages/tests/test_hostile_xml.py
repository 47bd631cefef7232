"""XML that means harm: it is read by a child of the pool alone, ends in words, and its neighbours go on."""

import os
from xml.parsers import expat

import pytest

from lantai.core.findings import Outcome
from lantai.core.temporary import unpacking_folder
from lantai.packages.api import open_package
from lantai.packages.described import DESCRIPTION
from lantai.packages.eep.modifying import Changes, modify
from lantai.packages.eep.signing import Signer
from lantai.packages.xmlpool import read_trees
from lantai.packages.xmlstream import XmlRefused
from lantai.packages.xmltree import Node, flatten, unflatten

from .described_samples import photo_group
from .encapsulations import original
from .test_chinese_kinds import CODES, made

ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
POISONS = {
    "entities": f'<!DOCTYPE r [<!ENTITY e0 "ha">{ENTITIES}]><r>&e9;</r>',
    "file": '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
    "deep": "<a>" * 100_000,
    "attributes": "<r " + " ".join(f"a{n}=''" for n in range(500_000)) + "/>",
    "cut": "<r><a>",
    "charset": '<?xml version="1.0" encoding="utf-7"?><r>+ADw-</r>',
}
LARGE = {
    "values": "<r>" + f"<a b='{'x' * 700_000}'/>" * 13 + "</r>",
    "elements": "<r>" + "<a/>" * 30_000 + "</r>",
}
"""Too large for the description of one item, and well-formed otherwise."""


@pytest.fixture
def bare(monkeypatch):
    """From here on this process has no XML parser."""

    def arm():
        def refuse(*_given):
            raise AssertionError("a stranger's XML is parsed in this process")

        monkeypatch.setattr(expat, "ParserCreate", refuse)

    return arm


def failures(package) -> str:
    found = [*package.structure(), *package.findings]
    return "\n".join(f"{one.subject}: {one.observed}" for one in found if one.outcome is Outcome.FAIL)


@pytest.mark.parametrize("poison", [*POISONS, *LARGE])
def test_a_poisoned_description_leaves_its_item_and_its_neighbour(tmp_path, poison, bare):
    path = made(tmp_path, "dat93")
    bad = next(file for file in path.rglob("电子档案元数据.XML") if CODES[0] in str(file))
    bad.write_text({**POISONS, **LARGE}[poison], encoding="utf-8")
    bare()
    with open_package(path) as package:
        first, second = package.items
        assert (first.embedded, second.embedded["电子档案元数据.XML"]["M22"]) == ({}, second.title)
        told = failures(package)
    assert CODES[0] in told
    assert CODES[1] not in told


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize(("kind", "name"), [("dat93", "目录文件.XML"), ("carrier", "文件目录.XML")])
def test_a_poisoned_catalogue_ends_in_a_finding(tmp_path, kind, name, poison, bare):
    path = made(tmp_path, kind)
    (path / name).write_text(POISONS[poison], encoding="utf-8")
    bare()
    with open_package(path) as package:
        assert not list(package.items)
        assert name in failures(package)


def test_entries_before_a_fault_stand_and_what_was_noted_of_them_has_no_name(tmp_path, bare):
    path = made(tmp_path, "dat93")
    catalogue = path / "目录文件.XML"
    whole = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(whole[: whole.index(CODES[1])], encoding="utf-8")
    before = set(unpacking_folder().iterdir())
    bare()
    with open_package(path) as package:
        assert [item.metadata["M8"] for item in package.items] == [CODES[0]]
        assert "目录文件.XML" in failures(package)
        assert set(unpacking_folder().iterdir()) <= before


def test_an_entry_without_end_is_refused(tmp_path, bare):
    path = made(tmp_path, "dat93")
    fields = "".join(f"<a{n}/>" for n in range(2000))
    (path / "目录文件.XML").write_text(f"<文件目录><文件>{fields}</文件></文件目录>", encoding="utf-8")
    bare()
    with open_package(path) as package:
        assert "超过 1000 项" in failures(package)


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_encapsulation_leaves_the_others(tmp_path, poison, bare):
    folder = tmp_path / "p"
    folder.mkdir()
    whole = original(tmp_path).read_bytes()
    for name in ("1.eep", "3.eep"):
        (folder / name).write_bytes(whole)
    (folder / "2.eep").write_text(POISONS[poison], encoding="utf-8")
    bare()
    with open_package(folder) as package:
        items = list(package.items)
        assert [item.number for item in items] == [1, 2]
        assert all(file.path.is_file() for item in items for file in item.files)
        told = failures(package)
    assert "2.eep" in told
    assert "1.eep" not in told


@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_item_leaves_the_others_and_a_lone_file_is_named(tmp_path, poison, bare):
    folder = tmp_path / "p"
    folder.mkdir()
    for name in ("1", "3"):
        photo_group(folder / name, tmp_path)
    (folder / "2").mkdir()
    (folder / "2" / DESCRIPTION).write_text(POISONS[poison], encoding="utf-8")
    bare()
    with open_package(folder, "photos") as package:
        assert [bool(item.title) for item in package.items] == [True, False, True]
        assert all(line.startswith("2/") for line in failures(package).splitlines())
    with open_package(folder / "2" / DESCRIPTION, "file") as package:
        assert DESCRIPTION in failures(package)


def test_a_document_that_never_ends_is_given_up_and_others_are_read(tmp_path, bare):
    path = made(tmp_path, "dat93")
    endless = tmp_path / "无尽.xml"
    os.mkfifo(endless)
    bare()
    given_up = read_trees([endless], allowed_s=1)
    with open_package(path) as package:
        assert len(list(package.items)) == 2
        assert not failures(package)
    (why,) = given_up
    assert isinstance(why, XmlRefused)
    assert (why.hostile, "用时过长" in why.message) == (True, True)


def test_signed_and_modified_encapsulations_need_no_parser_here(tmp_path, bare):
    path = original(tmp_path, Signer.default())
    modify(path, tmp_path / "b.eep", Changes(metadata={"M22": "新题名"}))
    bare()
    with open_package(tmp_path / "b.eep") as package:
        assert [item.title for item in package] == ["新题名"]
        assert not failures(package)


def test_a_tree_is_the_same_after_the_pipe():
    root = Node(
        "r", {"a": "1"}, 1, "", [Node("x", line=2, text="一"), Node("y", line=3), Node("x", line=4, order=1)]
    )
    root.children[1].children.append(Node("x", line=5, order=1))
    root.children[2].order = 2
    assert unflatten(flatten(root)) == root
