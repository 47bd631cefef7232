"""Roots and objects made to harm whoever validates them: a verdict with its code, soon, and in little memory."""

import hashlib
import json
import os
import socket
import subprocess
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.vault.ocfl_validation import validate
from lantai.vault.ocfl_validation.reading import INVENTORY_BYTES
from lantai.vault.ocfl_validation.specification import conflicts

from .test_ocfl_validation import write_object, write_root
from .test_pages import run

MEMORY_BYTES = 2 * INVENTORY_BYTES + 64 * 2**20


def verdict(path):
    """As the command line writes it out, and in how little memory."""
    tracemalloc.start()
    try:
        code, told = run("validate", os.fspath(path))
        _now, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (code, told["valid"]) == (1, False)
    assert peak_bytes < MEMORY_BYTES
    return {error["code"] for error in told["errors"]}


def codes(path):
    return {error.code for error in validate(path).errors}


def test_links_that_lead_in_a_circle_or_outside_are_not_followed(tmp_path):
    root = write_root(tmp_path / "root")
    (root / "ab").mkdir()
    (root / "ab" / "circle").symlink_to(root)
    (root / "ab" / "self").symlink_to("self")
    (root / "ab" / "outside").symlink_to("/etc")
    assert codes(root) == {"E090"}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["inventory.json", "inventory.json.sha512", "0=ocfl_object_1.1", "v1/inventory.json",
                                  "v1/content/档案.txt"])  # fmt: skip
@pytest.mark.parametrize("kind", ["fifo", "socket", "link to a device", "folder"])
def test_what_is_no_plain_file_is_never_waited_for(tmp_path, name, kind, monkeypatch):
    folder = write_object(tmp_path / "object")
    (folder / name).unlink()
    match kind:
        case "fifo":
            os.mkfifo(folder / name)
        case "socket":
            monkeypatch.chdir((folder / name).parent)
            with socket.socket(socket.AF_UNIX) as made:
                made.bind((folder / name).name)
        case "folder":
            (folder / name).mkdir()
        case _:
            (folder / name).symlink_to("/dev/zero")
    found = validate(folder)
    assert found.errors or found.warnings


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "name", ["0=ocfl_1.1", "ocfl_layout.json", "extensions/0004-hashed-n-tuple-storage-layout/config.json"]
)
def test_a_fifo_for_one_of_the_roots_own_files_is_never_waited_for(tmp_path, name):
    root = write_root(tmp_path / "root")
    (root / name).unlink()
    os.mkfifo(root / name)
    assert codes(root) or name.startswith("extensions")


def test_a_link_for_the_folder_of_extensions_is_not_looked_behind(tmp_path):
    root = write_root(tmp_path / "root")
    (root / "extensions").rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "private").mkdir()
    (root / "extensions").symlink_to(tmp_path / "elsewhere")
    found = validate(root)
    assert "E090" in {error.code for error in found.errors}
    assert "private" not in json.dumps(found.as_dict())


def test_folders_too_deep_for_any_path_are_told(tmp_path):
    root = write_root(tmp_path / "root")
    here = os.open(root, os.O_RDONLY)
    for _level in range(5_000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert codes(root)
    subprocess.run(["rm", "-rf", root], check=True)


@pytest.mark.parametrize("where", ["root", "object"])
def test_names_that_are_not_utf8_are_told_and_written_out(tmp_path, where):
    root = write_root(tmp_path / "root")
    folder = root / "ab" if where == "root" else next(root.rglob("v1/content"))
    folder.mkdir(exist_ok=True)
    (folder / os.fsdecode(b"\xd5\xfe\xb8\xae.txt")).write_bytes(b"x")
    assert verdict(root) <= {"E072", "E023", "E090"}


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "v1/content/../../../outside.txt", "v1//x", "v1/./x", "",
                                  "v1/content/\0.txt", "v1/content/" + "长" * 5000])  # fmt: skip
def test_content_paths_that_lead_outside_or_nowhere_are_refused(tmp_path, path):
    secret = tmp_path / "outside.txt"
    secret.write_bytes(b"outside")

    def lead_out(inventory):
        digest = hashlib.sha512(b"outside").hexdigest()
        inventory["manifest"][digest] = [path]
        inventory["versions"]["v1"]["state"][digest] = ["x.txt"]

    assert codes(write_object(tmp_path / "object", change=lead_out)) & {"E099", "E100", "E092"}


def test_an_inventory_of_brackets_or_of_a_gibibyte_ends_in_words(tmp_path):
    deep = write_object(tmp_path / "deep")
    (deep / "inventory.json").write_text("[" * 1_000_000)
    assert verdict(deep)
    huge = write_object(tmp_path / "huge")
    with (huge / "inventory.json").open("wb") as file:
        file.truncate(2**30)  # holes: it costs nothing to send
    assert verdict(huge)


CONTENT = "v1/content/档案.txt"


def state_of(inventory, path):
    for paths in inventory["versions"]["v1"]["state"].values():
        paths[:] = [path]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda i: i["manifest"].update({"0" * 128: ["v1/content/\ud800"]}), {"E042", "E092", "E107"}),
        (lambda i: state_of(i, "/\ud800"), {"E053"}),
        (lambda i: i.update({"\ud800": 1}), {"E102"}),
        (lambda i: i.update({"\x1b[31m" + "x" * 100_000: 1}), {"E102"}),
        (lambda i: i.update(fixity={"md5": float("nan")}), {"E033"}),
        (lambda i: i.update(fixity={"size": {"3": [CONTENT]}}), {"E093"}),
        (lambda i: i.update(fixity={"size": {"18": [CONTENT]}}), set()),
        (lambda i: i.update(fixity={"shake_128": {"00": [CONTENT]}}), {"E056"}),
        (lambda i: i["versions"].update({"v" + "9" * 5000: i["versions"]["v1"]}), {"E010", "E040", "E046"}),
        (lambda i: i["versions"].update({"v1000000": i["versions"]["v1"]}), {"E010", "E040", "E046"}),
    ],
)  # fmt: skip
def test_odd_characters_algorithms_and_numbers_end_in_codes(tmp_path, change, expected):
    _code, told = run("validate", os.fspath(write_object(tmp_path / "object", change=change)))
    assert {error["code"] for error in told["errors"]} <= expected
    assert told["valid"] == (not expected)
    assert all(len(error["message"]) < 1000 for error in told["errors"])
    json.dumps(told, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "settings",
    [
        {"numberOfTuples": 10**12},
        {"tupleSize": -3},
        {"tupleSize": 1e300},
        {"digestAlgorithm": "shake_128"},
        {"digestAlgorithm": ["sha256"]},
    ],
)
def test_a_layout_that_cannot_be_is_not_followed(tmp_path, settings):
    root = write_root(tmp_path / "root")
    (root / "extensions/0004-hashed-n-tuple-storage-layout/config.json").write_text(json.dumps(settings))
    assert codes(root) == set()


@pytest.mark.parametrize("name", ["nothing", "a" * 5000, "self/below", "file"])
def test_what_is_no_folder_is_named_with_a_remedy(tmp_path, name):
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "file").touch()
    code, told = run("validate", os.fspath(tmp_path / name))
    assert (code, set(told)) == (1, {"error", "subject", "remedy"})


def test_an_identifier_of_half_a_character_has_a_place(tmp_path):
    root = write_root(tmp_path / "root")
    write_object(root / "zz", "urn:lantai:\ud800")
    assert codes(root) == {"E083"}


def test_an_inventory_of_countless_small_things_is_not_built_in_memory(tmp_path):
    folder = write_object(tmp_path / "object")
    (folder / "inventory.json").write_bytes(b"[" + b"[]," * 21_000_000 + b"[]]")
    assert verdict(folder) == {"E033"}


def test_problems_without_end_are_counted_instead_of_listed(tmp_path):
    def change(inventory):
        inventory["manifest"] |= {f"{number:0128x}": [f"../{number}"] for number in range(10_003)}

    folder = write_object(tmp_path / "object", change=change)
    told = [error for error in validate(folder).errors if error.code == "E099"]
    assert len(told) == 10_001
    assert (told[-1].path, "3" in told[-1].message) == ("", True)


@settings(max_examples=50)
@given(st.lists(st.text("ab/\0é.", min_size=1, max_size=6)))
def test_paths_that_stand_twice_or_are_folders_of_others_are_all_found(paths):
    twice = {path for path in paths if paths.count(path) > 1}
    above = {path for path in paths for other in paths if other.startswith(f"{path}/")}
    assert set(conflicts(paths)) == twice | above


@pytest.mark.parametrize("name", ["inventory.json.sha512", "0=ocfl_object_1.1"])
def test_a_small_file_of_a_gibibyte_is_not_read_whole(tmp_path, name):
    folder = write_object(tmp_path / "object")
    with (folder / name).open("wb") as file:
        file.truncate(4 * 2**30)
    assert verdict(folder)
