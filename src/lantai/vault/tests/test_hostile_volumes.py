"""Volumes somebody else wrote: nothing leaves the folder they are read into, no figure is believed."""

import csv
import errno
import io
import tarfile
from datetime import UTC, datetime

import pytest

from lantai.core.digests import digest_bytes
from lantai.core.errors import Invalid
from lantai.vault import ocfl
from lantai.vault.ocfl_validation import validate
from lantai.vault.volumes import restoring
from lantai.vault.volumes.checking import check_volume
from lantai.vault.volumes.describing import OBJECT_COLUMNS
from lantai.vault.volumes.layout import LAYOUT, LAYOUT_BYTES, Layout, padded, plan_layout, tar_header
from lantai.vault.volumes.packing import ROOT
from lantai.vault.volumes.reading import mounted_stack
from lantai.vault.volumes.restoring import restore_objects

OBJECT = "urn:lantai:record:0"
PATH = ocfl.object_path(OBJECT)


def an_object():
    inventory = ocfl.Inventory.start(OBJECT)
    inventory.add_version(
        {"a.txt": digest_bytes(b"a")}, created=datetime(2026, 1, 1, tzinfo=UTC), message="m",
        agent=ocfl.Agent("n", "urn:n"),
    )  # fmt: skip
    return {**ocfl.version_files(inventory), "v1/content/a.txt": b"a"}


def member(name, content, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = len(content) if kind == tarfile.REGTYPE else 0
    return info.tobuf(tarfile.PAX_FORMAT) + content.ljust(padded(len(content)), b"\0")


def a_volume(path, *, at=PATH, inside=PATH, ledger=(), figures=None, length=None):
    """An image whose tables say what the test wants."""
    head = member(LAYOUT, bytes(LAYOUT_BYTES)) + b"".join(ledger)
    body = b"".join(member(f"{ROOT}{inside}/{name}", content) for name, content in an_object().items())
    listed = io.StringIO()
    writer = csv.writer(listed)
    writer.writerow(OBJECT_COLUMNS)
    size = len(body) if length is None else length
    writer.writerow([at, OBJECT, len(head), size, 1, "2026-01-01T00:00:00Z", "", "0" * 128])
    table = listed.getvalue().encode()
    held = head + body + member("objects.csv", table)
    start = len(head) + len(body) + len(tar_header("objects.csv", len(table), 0))
    layout = plan_layout("V-1", 0, len(held), 10, (start, len(table)))
    told = layout.to_bytes() if figures is None else Layout(**{**_figures(layout), **figures}).to_bytes()
    lead = len(tar_header(LAYOUT, LAYOUT_BYTES, 0))
    path.write_bytes(held[:lead] + told + held[lead + LAYOUT_BYTES :])
    return path


def _figures(layout):
    return {name: getattr(layout, name) for name in Layout.__slots__}


def restored(image, target):
    with mounted_stack([image]) as stack:
        return restore_objects(stack, target)


def files_of(folder):
    return sorted(file for file in folder.rglob("*") if file.is_file())


def test_an_image_of_the_lawful_form_is_read(tmp_path):
    done = restored(a_volume(tmp_path / "v.tar", ledger=[member("ledger/heads/1", b"x")]), tmp_path / "out")
    assert (done.objects_count, done.failed) == (1, [])
    assert (tmp_path / "out/ledger/heads/1").read_bytes() == b"x"
    assert (tmp_path / "out/objects" / PATH / "v1/content/a.txt").read_bytes() == b"a"


@pytest.mark.parametrize("path", ["../../out-of-it", "/{root}/out-of-it", "a/../../../out-of-it", ""])
def test_an_object_never_lands_outside_the_folder(tmp_path, path):
    path = path.format(root=tmp_path)
    image = a_volume(tmp_path / "v.tar", at=path, inside=path)
    with pytest.raises(Invalid, match="路径不安全"):
        restored(image, tmp_path / "deep" / "out")
    assert not [file for file in files_of(tmp_path) if file.name == "a.txt"]


@pytest.mark.parametrize("name", ["../../out-of-it", "/{root}/out-of-it", "a/../../../out-of-it"])
def test_a_ledger_file_never_lands_outside_the_folder(tmp_path, name):
    image = a_volume(tmp_path / "v.tar", ledger=[member(f"ledger/{name.format(root=tmp_path)}", b"x")])
    with pytest.raises(Invalid, match="路径不安全"):
        restored(image, tmp_path / "deep" / "out")
    assert not [file for file in files_of(tmp_path) if file.name == "out-of-it"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_among_the_ledger_files_is_passed_over(tmp_path, kind):
    image = a_volume(tmp_path / "v.tar", ledger=[member("ledger/heads/1", b"", kind, "ledger/heads/1")])
    assert restored(image, tmp_path / "out").objects_count == 1
    assert not (tmp_path / "out/ledger/heads/1").exists()


@pytest.mark.parametrize(
    "figures",
    [
        {"data_blocks_in_group": 0},
        {"block_bytes": 0},
        {"block_bytes": -1},
        {"protected_bytes": -5},
        {"protected_bytes": 2**62},
        {"parity_blocks_in_group": 300},
        {"objects_bytes": 2**40},
        {"objects_offset": -1},
        {"block_bytes": 2**40},
        {"number": 7},
        {"made_at": "x"},
        {"made_at": 1e300},
    ],
)
def test_figures_that_cannot_be_are_refused(tmp_path, figures):
    image = a_volume(tmp_path / "v.tar", figures=figures)
    with pytest.raises(Invalid):
        restored(image, tmp_path / "out")
    with pytest.raises(Invalid):
        check_volume(image)


@pytest.mark.parametrize("length", [-1, 0, 512, 2**62])
def test_a_lying_length_of_an_object_is_told_as_damage(tmp_path, length):
    image = a_volume(tmp_path / "v.tar", length=length)
    try:
        done = restored(image, tmp_path / "out")
    except Invalid:
        return
    assert length == 2**62 or (done.objects_count == 0 and done.failed)


def test_an_object_that_was_not_written_to_its_end_is_not_taken_for_one(tmp_path, monkeypatch):
    image, target = a_volume(tmp_path / "v.tar"), tmp_path / "out"
    write = restoring._write_pieces
    full = OSError(errno.ENOSPC, "full")

    def until_full(file, pieces):
        if file.name == "a.txt":
            raise full
        return write(file, pieces)

    monkeypatch.setattr(restoring, "_write_pieces", until_full)
    with pytest.raises(OSError, match="full"):
        restored(image, target)
    monkeypatch.undo()
    assert restored(image, target).objects_count == 1
    assert validate(target / "objects").valid
