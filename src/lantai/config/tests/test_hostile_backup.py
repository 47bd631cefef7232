"""Backups somebody else wrote, and disks that fill up while one is put back."""

import errno
import io
import json
import os
import tarfile
from collections import namedtuple
from hashlib import sha256

import pytest

from lantai.config.backup import restoring
from lantai.config.backup.making import FORMAT, MANIFEST, make_backup
from lantai.config.backup.restoring import open_backup, restore
from lantai.core.errors import Invalid, Unavailable
from lantai.core.settings import home

pytestmark = pytest.mark.django_db

STRANGER = {
    "algorithm": "SM2-SM3", "key_id": "nobody", "signature_b64": "AA==",
    "signed_at": "2026-01-01T00:00:00Z", "subject_name": "nobody",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))


def a_file(name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def a_link(name, target):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, b""


def a_backup(path, *members, parts=None, **manifest):
    stated = parts or [
        {"name": info.name, "rows": 1, "size_bytes": len(content), "sha256": sha256(content).hexdigest()}
        for info, content in members
    ]
    told = {
        "format": FORMAT, "made_at": "2026-01-01T00:00:00Z", "version": "1", "database": "sqlite",
        "holds_secrets": False, "parts": stated, "seal": STRANGER, **manifest,
    }  # fmt: skip
    with tarfile.open(path, "w:gz") as tar:
        for info, content in [a_file(MANIFEST, json.dumps(told).encode()), *members]:
            tar.addfile(info, io.BytesIO(content))
    return path


def put_back(path):
    home().mkdir(exist_ok=True)
    with open_backup(path) as opened:
        return restore(opened)


def test_files_that_are_no_settings_are_not_put_into_the_data_folder(tmp_path):
    path = a_backup(tmp_path / "b", a_file("files/vault/stores/a", b"x"), a_file("files/lantai.toml", b""))
    with pytest.raises(Invalid, match="vault/stores/a"):
        put_back(path)
    assert list(home().iterdir()) == []


def test_a_link_in_a_backup_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    link = a_link("files/templates/x", "../../manifest.json")
    with pytest.raises(Invalid):
        put_back(a_backup(tmp_path / "b", link))
    assert list(home().iterdir()) == []


def test_a_part_larger_than_the_manifest_states_is_not_unpacked(tmp_path, monkeypatch):
    big = a_file("files/data/a", bytes(5_000_000))
    parts = [{"name": "files/data/a", "rows": 0, "size_bytes": 1, "sha256": ""}]
    unpacked = []
    monkeypatch.setattr(tarfile.TarFile, "makefile", lambda *_args: unpacked.append(1))
    with pytest.raises(Invalid):
        put_back(a_backup(tmp_path / "b", big, parts=parts))
    assert not unpacked


def test_a_backup_for_which_there_is_no_room_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(restoring.shutil, "disk_usage", lambda _path: usage(1, 1, 1000))
    with pytest.raises(Unavailable, match="空间不够"):
        put_back(a_backup(tmp_path / "b", a_file("files/data/a", bytes(5_000))))


@pytest.mark.parametrize(
    "manifest",
    [
        {"seal": None},
        {"seal": {}},
        {"parts": [{}]},
        {"parts": [{"name": "x"}]},
        {"parts": 7},
    ],
)
def test_a_manifest_of_another_form_is_refused_in_words(tmp_path, manifest):
    with pytest.raises(Invalid, match=r"不是本平台的备份文件|签章数据不完整"):
        put_back(a_backup(tmp_path / "b", **manifest))


@pytest.mark.parametrize(
    "row",
    [
        b"{",
        b'{"model": "records.record", "pk": 1, "fields": {}}',
        b'{"model": "institutions.region", "pk": "no key", "fields": {}}',
        b'{"model": "institutions.region", "fields": {"parent": []}}',
    ],
)
def test_a_row_of_another_table_or_form_is_refused_in_words(tmp_path, row):
    with pytest.raises(Invalid, match=r"institutions\.Region"):
        put_back(a_backup(tmp_path / "b", a_file("tables/institutions.Region.jsonl", row + b"\n")))


def test_a_settings_file_is_put_back_whole_or_not_at_all(tmp_path, monkeypatch):
    (home() / "data").mkdir(parents=True)
    (home() / "data/words.toml").write_bytes(b"a = 1")
    made = make_backup(tmp_path / "b").path
    (home() / "data/words.toml").unlink()
    full = OSError(errno.ENOSPC, "full")

    def never_synced(_descriptor):
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", never_synced)
        with pytest.raises(OSError, match="full"):
            put_back(made)
    assert list((home() / "data").iterdir()) == []
    assert "data/words.toml" in put_back(made).files
    assert (home() / "data/words.toml").read_bytes() == b"a = 1"
