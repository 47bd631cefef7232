"""What was examined is recalled for the same bytes alone."""

from dataclasses import replace

import pytest

from lantai.core.digests import digest_bytes
from lantai.formats.api import examine_many
from lantai.inspection.memory import ExaminationMemory
from lantai.inspection.models import ExaminedContent
from lantai.packages.api import PackageFile, PackageItem

pytestmark = pytest.mark.django_db

SAID = "关于修筑海塘的批复".encode()


def examined(path, sha512, memory):
    """One file as the receiver examines it: what its sender declared is looked up first."""
    file = PackageFile(path, path.name.encode(), path.name, "main", {"sha512": sha512}, path.stat().st_size)
    assert len(list(memory.look_up([PackageItem(number=1, metadata={}, files=(file,))]))) == 1
    (found,) = examine_many([path], recall=memory.recall)
    return found


@pytest.mark.parametrize("size", [0, 2 * 2**20], ids=["digested here", "digested by a child"])
def test_bytes_seen_before_are_recalled_with_their_digests_and_others_examined_anew(tmp_path, size):
    path, memory = tmp_path / "正文.txt", ExaminationMemory()
    path.write_bytes(SAID + b"." * size)
    (first,) = examine_many([path])
    memory.keep([first])
    memory.write()
    marked = ExaminedContent.objects.get()
    marked.facts["identification"]["name"] = "记得的格式"
    marked.save()
    sha512 = first.digests["sha512"]

    recalled = examined(path, sha512, memory)
    assert recalled.identification == replace(first.identification, name="记得的格式")
    assert (recalled.digests, recalled.size_bytes) == (first.digests, first.size_bytes)

    path.write_bytes(SAID + b"!" * (size or 1))
    changed = examined(path, sha512, memory)
    assert changed.identification.name == first.identification.name
    assert changed.digests["sm3"] == digest_bytes(path.read_bytes()).sm3


def test_what_an_older_version_kept_is_not_recalled(tmp_path):
    path, memory = tmp_path / "正文.txt", ExaminationMemory()
    path.write_bytes(SAID)
    (first,) = examine_many([path])
    ExaminedContent.objects.create(sha512=first.digests["sha512"], examined_by="0/0", facts={})
    assert examined(path, first.digests["sha512"], memory) == first
