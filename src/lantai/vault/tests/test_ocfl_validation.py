"""Anyone's OCFL object or storage root is judged by the specification's own codes."""

import copy
import hashlib
import json
import random
import re
from pathlib import Path

import pytest

from lantai.vault import ocfl
from lantai.vault.ocfl_validation import validate


def write_object(folder: Path, identifier="urn:lantai:1", edition="1.1", change=None) -> Path:
    content = "民国三十八年".encode()
    digest = hashlib.sha512(content).hexdigest()
    inventory = {
        "id": identifier,
        "type": f"https://ocfl.io/{edition}/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": "v1",
        "manifest": {digest: ["v1/content/档案.txt"]},
        "versions": {
            "v1": {
                "created": "2026-11-22T08:00:00+08:00",
                "message": "入库",
                "user": {"name": "顾山", "address": "mailto:gushan@example.org"},
                "state": {digest: ["档案.txt"]},
            }
        },
        "fixity": {"sha256": {hashlib.sha256(content).hexdigest(): ["v1/content/档案.txt"]}},
    }
    if change:
        change(inventory)
    (folder / "v1/content").mkdir(parents=True)
    (folder / "v1/content/档案.txt").write_bytes(content)
    (folder / f"0=ocfl_object_{edition}").write_text(f"ocfl_object_{edition}\n")
    raw = json.dumps(inventory).encode()
    for place in (folder, folder / "v1"):
        (place / "inventory.json").write_bytes(raw)
        (place / "inventory.json.sha512").write_text(f"{hashlib.sha512(raw).hexdigest()}  inventory.json\n")
    return folder


def write_root(folder: Path, edition="1.1") -> Path:
    folder.mkdir()
    for path, content in ocfl.ROOT_FILES.items():
        if not path.startswith(("0=", "extensions/lantai")):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    (folder / f"0=ocfl_{edition}").write_text(f"ocfl_{edition}\n")
    for number in range(3):
        identifier = f"urn:lantai:{number}"
        write_object(folder / ocfl.object_path(identifier), identifier)
    return folder


def codes(path: Path) -> set[str]:
    return {problem.code for problem in validate(path).errors}


def test_a_sound_root_and_its_objects_are_valid(tmp_path):
    found = validate(write_root(tmp_path / "root"))
    assert (found.kind, found.valid, found.warnings, found.objects) == ("root", True, (), 3)


def test_an_object_is_told_from_a_root_without_a_declaration(tmp_path):
    root = write_root(tmp_path / "root")
    (root / "0=ocfl_1.1").unlink()
    (root / "ocfl_layout.json").unlink()
    found = validate(root)
    assert found.kind == "root"
    assert "E069" in {problem.code for problem in found.errors}


def _stray_file(root):
    (root / "ab").mkdir()
    (root / "ab/readme.txt").write_text("x")


def _newer_object(root):
    for name in ("0=ocfl_1.1", "0=ocfl_1.0"):
        (root / name).unlink(missing_ok=True)
    (root / "0=ocfl_1.0").write_text("ocfl_1.0\n")


def _moved_object(root):
    source = root / ocfl.object_path("urn:lantai:0")
    (root / "zz").mkdir()
    source.rename(root / "zz/0")
    for folder in (source.parent, source.parent.parent):
        folder.rmdir()


@pytest.mark.parametrize(
    ("code", "harm"),
    [
        ("E072", _stray_file),
        ("E073", lambda root: (root / "ab/cd").mkdir(parents=True)),
        ("E076", lambda root: (root / "0=ocfl_1.0").write_text("ocfl_1.0\n")),
        ("E079", lambda root: (root / "0=ocfl_archive").write_text("ocfl_archive\n")),
        ("E080", lambda root: (root / "0=ocfl_1.1").write_text("ocfl_1.1")),
        ("E081", _newer_object),
        ("E083", _moved_object),
        ("E070", lambda root: (root / "ocfl_layout.json").write_text('{"extension": 4}')),
        ("E071", lambda root: (root / "ocfl_layout.json").write_text('{"extension":"x","description":""}')),
        ("E090", lambda root: (root / "link").symlink_to("/")),
        ("E112", lambda root: (root / "extensions/notes.txt").write_text("x")),
    ],
)
def test_each_fault_of_a_root_has_its_code(tmp_path, code, harm):
    root = write_root(tmp_path / "root")
    harm(root)
    assert codes(root) == {code}


def test_what_is_wrong_with_an_object_is_told_with_its_place_in_the_root(tmp_path):
    root = write_root(tmp_path / "root")
    place = ocfl.object_path("urn:lantai:1")
    (root / place / "v1/content/档案.txt").write_bytes(b"changed")
    assert {(p.code, p.path) for p in validate(root).errors} == {
        ("E092", f"{place}/v1/content/档案.txt"),
        ("E093", f"{place}/v1/content/档案.txt"),
    }


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("E102", lambda inventory: inventory.update(remark="x")),
        ("E106", lambda inventory: inventory.update(manifest=[])),
        ("E111", lambda inventory: inventory.update(fixity=[])),
        ("E044", lambda inventory: inventory.update(versions=[])),
        ("E047", lambda inventory: inventory["versions"].update(v1=[])),
        ("E048", lambda inventory: inventory["versions"]["v1"].pop("created")),
        ("E049", lambda inventory: inventory["versions"]["v1"].update(created="2026-02-30T00:00:00Z")),
        ("E018", lambda inventory: inventory.update(contentDirectory="..")),
        ("E107", lambda inventory: inventory["manifest"].update({"0" * 128: []})),
        ("E094", lambda inventory: inventory["versions"]["v1"].update(message=7)),
        ("E056", lambda inventory: inventory["fixity"].update(crc32={"cbf43926": ["v1/content/档案.txt"]})),
        ("E057", lambda inventory: inventory["fixity"].update(crc32={"cbf43926": "v1/content/档案.txt"})),
        ("E057", lambda inventory: inventory["fixity"].update(md5={"xyz": ["v1/content/档案.txt"]})),
    ],
)
def test_each_fault_of_an_inventory_has_its_code(tmp_path, code, change):
    assert code in codes(write_object(tmp_path / "object", change=change))


def with_fixity(algorithm, block):
    return lambda inventory: inventory.update(fixity={algorithm: block})


@pytest.mark.parametrize(("edition", "code"), [("1.0", "E056"), ("1.1", "E111")])
def test_a_fixity_block_that_is_no_object_has_the_code_of_its_edition(tmp_path, edition, code):
    folder = write_object(tmp_path / "object", edition=edition, change=lambda each: each.update(fixity=None))
    assert codes(folder) == {code}


def test_a_fixity_algorithm_that_an_extension_may_define_is_ignored(tmp_path):
    """The specification tells clients to ignore what they do not support (§3.4), in any encoding."""
    block = {"ABcd": ["v1/content/档案.txt"], "abCD": ["v1/content/档案.txt"]}
    folder = write_object(tmp_path / "object", change=with_fixity("base64-crc", block))
    assert codes(folder) == {"E056"}
    (folder / "extensions/our-digests").mkdir(parents=True)
    (folder / "extensions/our-digests/config.json").write_text("{}")
    found = validate(folder)
    assert found.valid
    assert {problem.code for problem in found.warnings} == {"W013"}


def test_an_extension_of_the_root_may_define_a_fixity_algorithm_of_its_objects(tmp_path):
    root = write_root(tmp_path / "root")
    place = root / ocfl.object_path("urn:lantai:7")
    write_object(place, "urn:lantai:7", change=with_fixity("crc32", {"cbf43926": ["v1/content/档案.txt"]}))
    assert codes(root) == {"E056"}
    (root / "extensions/our-digests").mkdir()
    assert codes(root) == set()


def test_a_key_that_stands_twice_is_found(tmp_path):
    folder = write_object(tmp_path / "object")
    text = (folder / "inventory.json").read_text()
    digest = re.search(r'"manifest": \{"(\w+)"', text)[1]
    doubled = text.replace('"manifest": {', f'"manifest": {{"{digest}": [], ')
    (folder / "inventory.json").write_text(doubled)
    assert "E096" in codes(folder)


def test_what_cannot_be_read_is_told_in_the_readers_language(tmp_path):
    (told,) = (problem.message for problem in validate(tmp_path).errors if problem.code == "E063")
    assert told == "对象清单无法读取：没有这个文件或目录"


def test_content_reached_through_a_link_is_refused(tmp_path):
    folder = write_object(tmp_path / "object")
    elsewhere = tmp_path / "档案.txt"
    (folder / "v1/content/档案.txt").rename(elsewhere)
    (folder / "v1/content/档案.txt").symlink_to(elsewhere)
    assert "E090" in codes(folder)


JUNK = [None, 0, True, "", "v1", [], {}, [None], {"x": None}, ["../../etc/passwd"], {"": {"": [""]}}]


def _nodes(value, path=()):
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from _nodes(child, (*path, key))


def changed(sound, path, junk):
    if not path:
        return junk
    odd = place = copy.deepcopy(sound)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return odd


def test_no_inventory_however_odd_stops_the_check(tmp_path):
    folder = write_object(tmp_path / "object")
    sound = json.loads((folder / "inventory.json").read_text())
    dice = random.Random(20261122)
    for path in _nodes(sound):
        for junk in dice.sample(JUNK, 6):
            odd = changed(sound, path, junk)
            raw = json.dumps(odd)
            for inventory in (folder / "inventory.json", folder / "v1/inventory.json"):
                inventory.write_text(raw)
            assert validate(folder).valid == (odd == sound)
