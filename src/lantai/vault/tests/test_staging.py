"""Files on their way into a store: whole whatever their size, and never through a link."""

import pytest

from lantai.core.digests import CHUNK_BYTES, digest_bytes
from lantai.vault.staging import Staging, ToCopy, Unreadable, copy_file
from lantai.vault.stores import open_store


@pytest.fixture
def staging():
    store = open_store("use")
    store.require_ready()
    store.begin("batch")
    return Staging("batch", [store])


@pytest.mark.parametrize("size_bytes", [0, 1, 5000, CHUNK_BYTES - 1, CHUNK_BYTES, 5 * CHUNK_BYTES + 1])
def test_a_file_of_any_size_is_staged_as_it_is(staging, tmp_path, size_bytes):
    data = (b"\x00\xff\n" * (size_bytes // 3 + 1))[:size_bytes]
    (tmp_path / "source").write_bytes(data)
    told = copy_file(staging, ToCopy("slot", "v1/content/file", str(tmp_path / "source")))
    assert told == digest_bytes(data)
    with staging.stores[0].staged("batch", "slot").open("v1/content/file") as staged:
        assert staged.read() == data


def test_a_source_that_is_a_link_or_a_folder_is_told_as_unreadable(staging, tmp_path):
    (tmp_path / "link").symlink_to("/etc/hostname")
    for name in ("link", "."):
        told = copy_file(staging, ToCopy("slot", "v1/content/file", str(tmp_path / name)))
        assert isinstance(told, Unreadable)
    assert not list(staging.stores[0].staged("batch", "slot").paths())
