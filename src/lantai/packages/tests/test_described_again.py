"""Self-describing items go through another kind and come back as they were."""

import pytest

from lantai.core.errors import Invalid
from lantai.packages.api import convert_package, open_package

from .described_samples import accounts, matter, photo_group, recording, table
from .test_mail import letter


def make(kind, folder, work):
    if kind == "table":
        table(folder / "一", work, "id,name\n1,甲\n2,乙\n", rows="2")
    elif kind == "photos":
        photo_group(folder / "一", work)
        recording(folder / "二", work)
    else:
        {"accounting": accounts, "service": matter}[kind](folder / "一", work)
    return folder


def contents(path):
    """Every item's files by name and bytes, whatever its folder is called."""
    with open_package(path) as package:
        assert [*package.structure()] == []
        return package.kind, [
            sorted((file.name.partition("/")[2], file.path.read_bytes()) for file in item.files)
            for item in package
        ]


@pytest.mark.parametrize("kind", ["table", "photos", "accounting", "service"])
@pytest.mark.parametrize("through", ["folder", "bagit"])
def test_a_description_survives_another_kind_and_is_written_again(tmp_path, kind, through):
    (tmp_path / "work").mkdir()
    source = make(kind, tmp_path / "source", tmp_path / "work")
    convert_package(source, tmp_path / "between", through, anyway=True)
    convert_package(tmp_path / "between", tmp_path / "again.zip", kind, anyway=True)
    assert contents(tmp_path / "again.zip") == contents(source)


def test_what_nobody_described_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "a.eml").write_bytes(letter())
    with pytest.raises(Invalid, match="没有“业务数据”的描述"):
        convert_package(tmp_path / "a.eml", tmp_path / "tables", "table")
    assert not (tmp_path / "tables").exists()
