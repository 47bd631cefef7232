"""Self-describing items go through another kind and come back as they were."""

import pytest
from PIL import Image

from lantai.core.errors import Invalid
from lantai.packages.api import (
    FileToWrite,
    ItemToWrite,
    convert_package,
    open_package,
    write_folder_package,
)

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


@pytest.mark.parametrize(
    ("kind", "name", "lacks"),
    [("photos", "合影.jpg", {"事由", "地点", "人物", "背景", "摄影者"}), ("table", "名册.csv", set()),
     ("accounting", "账簿.pdf", set()), ("service", "申请书.pdf", {"事项编码", "申请人", "结果"})],
)  # fmt: skip
def test_what_nobody_described_is_written_and_told_what_it_lacks(tmp_path, kind, name, lacks):
    content = tmp_path / name
    if name.endswith(".jpg"):
        Image.new("RGB", (40, 30)).save(content)
    else:
        content.write_bytes("编号,姓名\n1,甲\n".encode())
    item = ItemToWrite(
        {
            "题名": "2024年会计账簿",
            "日期": "20240305",
            "年度": "2024",
            "保管期限": "永久",
            "文号": "东办〔2024〕1号",
        },
        (FileToWrite(content, name),),
    )
    write_folder_package(tmp_path / "source", [item], {})
    done = convert_package(tmp_path / "source", tmp_path / "made", kind, anyway=True)
    assert any("请补全" in sentence for sentence in done.lost)
    with open_package(tmp_path / "made") as package:
        (one,) = package.items
        told = {finding.expected for finding in package.structure()}
        assert package.kind == kind
        assert one.title == "2024年会计账簿"
        assert name.partition(".")[2] in {file.path.suffix.lstrip(".") for file in one.files}
    assert {word for word in lacks if any(word in expected for expected in told)} == lacks


def test_what_nobody_described_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "a.eml").write_bytes(letter())
    with pytest.raises(Invalid, match="没有“业务数据”的描述"):
        convert_package(tmp_path / "a.eml", tmp_path / "tables", "table")
    assert not (tmp_path / "tables").exists()
