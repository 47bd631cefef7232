import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from lantai.core.errors import Invalid
from lantai.formats.tests.samples import CORPORA
from lantai.packages.api import ArchiveRefused, Limits, open_package, safe_extract

ARCHIVES = CORPORA / "traversal-archives"


def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def zip_of(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_every_hostile_archive_of_the_corpus_is_refused(tmp_path):
    if not ARCHIVES.is_dir():
        pytest.skip(f"the hostile archives are not at {ARCHIVES}")
    files = [path for path in ARCHIVES.rglob("*.*") if path.is_file()]
    assert len(files) == 28
    for number, path in enumerate(files):
        target = tmp_path / str(number)
        target.mkdir()
        with pytest.raises(ArchiveRefused):
            safe_extract(path, target)
        assert not [found for found in target.rglob("*") if found.is_file() and found.name == "moo"]
    assert not Path("/tmp/moo").exists()  # noqa: S108 - where the archives point


def test_plain_archives_of_every_kind_come_out_whole(tmp_path):
    source = tmp_path / "正文.txt"
    source.write_bytes(b"x" * 3000)
    for number, mode in enumerate(("w", "w:gz", "w:bz2", "w:xz")):
        archive = tmp_path / f"{number}.tar"
        with tarfile.open(archive, mode) as tar:
            tar.add(source, "./包/正文.txt")
        target = tmp_path / f"into{number}"
        target.mkdir()
        assert safe_extract(archive, target) == 1
        assert (target / "包" / "正文.txt").read_bytes() == b"x" * 3000


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_stopped_early(tmp_path, kind):
    archive = tmp_path / f"bomb.{kind}"
    if kind == "zip":
        zip_of(archive, bomb=bytes(64 << 20))
    else:
        with tarfile.open(archive, "w:gz") as tar:
            info = tarfile.TarInfo("bomb")
            info.size = 64 << 20
            tar.addfile(info, io.BytesIO(bytes(64 << 20)))
    target = into(tmp_path)
    with pytest.raises(ArchiveRefused, match="炸弹"):
        safe_extract(archive, target, Limits(free_bytes=1 << 20))
    assert sum(path.stat().st_size for path in target.rglob("*")) <= 16 << 20


def test_too_many_entries_too_deep_and_too_large_are_refused(tmp_path):
    archive = zip_of(tmp_path / "a.zip", **{f"{number}.txt": b"x" * 100 for number in range(20)})
    for name, limits in (("n", Limits(entries=10)), ("b", Limits(total_bytes=500))):
        target = tmp_path / name
        target.mkdir()
        with pytest.raises(ArchiveRefused):
            safe_extract(archive, target, limits)
    deep = zip_of(tmp_path / "deep.zip", **{"/".join("abcdefgh") + "/x.txt": b"x"})
    with pytest.raises(ArchiveRefused, match="层"):
        safe_extract(deep, into(tmp_path), Limits(depth=4))


def test_encrypted_entries_are_refused_with_the_way_out(tmp_path):
    archive = zip_of(tmp_path / "a.zip", 正文=b"x")
    data = bytearray(archive.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(bytes(data))
    with pytest.raises(ArchiveRefused, match="口令") as refused:
        safe_extract(archive, into(tmp_path))
    assert refused.value.encrypted


def test_an_entry_that_is_there_twice_is_refused(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.txt", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            zipped.writestr("a.txt", b"2")
    with pytest.raises(ArchiveRefused, match="同名"):
        safe_extract(archive, into(tmp_path))


class _AsWindowsPacksIt(zipfile.ZipInfo):
    """A name in the code page of the machine, without the UTF-8 flag."""

    def _encodeFilenameFlags(self):  # noqa: N802 - the standard library's own name
        return self.filename.encode("cp437"), 0


def test_names_are_kept_byte_for_byte(tmp_path):
    gb = "附件一　名单.txt".encode("gb18030")
    decomposed = "café.txt".encode()
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(_AsWindowsPacksIt(gb.decode("cp437")), b"x")
        zipped.writestr(decomposed.decode(), b"y")
    target = into(tmp_path)
    assert safe_extract(archive, target) == 2
    assert sorted(os.fsencode(path.name) for path in target.iterdir()) == sorted([gb, decomposed])


@pytest.mark.parametrize(
    ("archive", "name"), [("移交包.zip", "移交包"), ("a.tar.gz", "a"), ("..zip", "package")]
)
def test_what_lies_loose_in_an_archive_is_known_by_its_name(tmp_path, archive, name):
    inside = tmp_path / "a.txt"
    inside.write_bytes(b"a")
    path = tmp_path / archive
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as made:
            made.write(inside, "a.txt")
    else:
        with tarfile.open(path, "w:gz") as made:
            made.add(inside, "a.txt")
    with open_package(path) as package:
        assert package.root.name == name
        assert name in [finding.subject for finding in package.findings]


def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Invalid, match="既不是文件"):
        open_package(tmp_path / "pipe")


def test_a_truncated_archive_is_named_as_damaged(tmp_path):
    archive = zip_of(tmp_path / "a.zip", 正文=os.urandom(5000))
    archive.write_bytes(archive.read_bytes()[:3000])
    with open_package(archive, workspace=tmp_path / "work") as package:
        assert package.kind == "unreadable"
        assert [finding.key for finding in package.findings] == ["use.pkg.barrier"]
    assert not list((tmp_path / "work").iterdir())


def test_a_path_longer_than_the_disk_can_hold_is_refused(tmp_path):
    archive = zip_of(tmp_path / "a.zip", **{"/".join(["x" * 250] * 20): b"1"})
    with pytest.raises(ArchiveRefused, match="过长"):
        safe_extract(archive, into(tmp_path))


def test_a_tar_header_that_says_it_has_gigabytes_is_not_read_into_memory(tmp_path):
    """5 MB of gzip that would take a gigabyte of memory, and 300 MB all there is."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 500 << 20
    archive = tmp_path / "a.tar"
    archive.write_bytes(header.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 20))
    with pytest.raises(ArchiveRefused, match="文件头"):
        safe_extract(archive, into(tmp_path))


@pytest.mark.parametrize(("mark", "place"), [(b"PK\x05\x06", 16), (b"PK\x01\x02", 42)])
def test_a_zip_directory_that_points_outside_the_file_is_damage(tmp_path, mark, place):
    archive = zip_of(tmp_path / "a.zip", a=b"1" * 100)
    data = bytearray(archive.read_bytes())
    offset = data.index(mark) + place
    data[offset : offset + 4] = b"\xff\xff\xff\x7f"
    archive.write_bytes(data)
    with pytest.raises(ArchiveRefused, match="损坏"):
        safe_extract(archive, into(tmp_path))


@pytest.mark.parametrize("limits", [Limits(entries=39), Limits(entries=5)])
def test_a_directory_of_too_many_entries_is_refused_before_it_is_read(tmp_path, monkeypatch, limits):
    archive = zip_of(tmp_path / "a.zip", **{f"{n}.txt": b"" for n in range(40)})
    forged = bytearray(archive.read_bytes())
    forged[-14:-10] = (1).to_bytes(2, "little") * 2  # the number of entries it says it has
    archive.write_bytes(forged)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_args: pytest.fail("the directory was read"))
    with pytest.raises(ArchiveRefused):
        safe_extract(archive, into(tmp_path), limits)
