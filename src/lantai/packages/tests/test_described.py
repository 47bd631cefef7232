"""Items that describe themselves: tables, photographs, sound and film, accounts, matters."""

from pathlib import Path

import pytest

from lantai.core.findings import Outcome
from lantai.packages.api import open_package

from . import described_samples as samples


def faults(folder: Path) -> list[str]:
    with open_package(folder) as package:
        return [finding.code for finding in (*package.findings, *package.structure())]


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.requirement("DA/T 54-2014", "Z58")
def test_a_photo_group_is_one_item_with_its_description(tmp_path, work):
    folder = samples.photo_group(tmp_path / "包" / "0001", work)
    with open_package(folder.parent) as package:
        [item] = package.items
        assert package.kind == "photos"
        assert (item.title, item.metadata["M11"], item.extra["门类"]) == (
            samples.RECORD["题名"],
            "2026",
            "ZP",
        )
        assert [file.role for file in item.files] == ["body", "attachment"]
        assert item.files[0].declared["sm3"]
        assert list(package.structure()) == []
        assert package.stray_files == ()


def test_what_the_camera_wrote_is_held_against_the_description(tmp_path, work):
    folder = samples.photo_group(tmp_path / "a", work, when="2026-05-01")
    with open_package(folder) as package:
        [finding] = package.structure()
    assert (finding.code, finding.outcome) == ("PHOTO-5", Outcome.WARN)
    assert "2026-06-02" in finding.expected


@pytest.mark.parametrize("left", ["95", "-1", "左边"])
def test_a_person_outside_the_picture_is_told(tmp_path, work, left):
    assert faults(samples.photo_group(tmp_path / "a", work, left=left)) == ["PHOTO-4"]


@pytest.mark.requirement("DA/T 63-2017", "Z58")
@pytest.mark.parametrize(
    ("end", "codes"), [("00:00:02", []), ("00:00:09", ["PHOTO-6"]), ("2秒", ["PHOTO-6"])]
)
def test_clips_lie_within_the_recording(tmp_path, work, end, codes):
    assert faults(samples.recording(tmp_path / "a", work, end=end)) == codes


@pytest.mark.requirement("DA/T 94-2022", "Z58")
def test_vouchers_balance_and_their_attachments_are_there(tmp_path, work):
    assert faults(samples.accounts(tmp_path / "a", work)) == []
    assert faults(samples.accounts(tmp_path / "b", work, credit="1100.00")) == ["ACCOUNT-6"]
    assert faults(samples.accounts(tmp_path / "c", work, attachments="2")) == ["ACCOUNT-7"]


@pytest.mark.requirement("DA/T 85-2019", "Z58")
def test_a_matter_shows_the_steps_and_papers_of_its_type(tmp_path, work):
    assert faults(samples.matter(tmp_path / "a", work)) == []
    assert faults(samples.matter(tmp_path / "b", work, papers=samples.PAPERS[:2])) == ["SERVICE-6"]
    assert faults(samples.matter(tmp_path / "c", work, steps=samples.STEPS[:4])) == ["SERVICE-5"]
    late = (*samples.STEPS[:4], ("送达", "08:00"))
    assert faults(samples.matter(tmp_path / "d", work, steps=late)) == ["SERVICE-7"]


def test_the_steps_of_a_matter_are_its_process_metadata(tmp_path, work):
    with open_package(samples.matter(tmp_path / "a", work)) as package:
        [item] = package.items
    assert (item.metadata["M81"], item.metadata["M82"]) == ("送达", "2026-06-02 16:00")
    assert item.metadata["M84"].startswith("申请 2026-06-02 09:00 东屿市水利局 林岚 同意；受理 ")


@pytest.mark.requirement("DA/T 57-2014", "Z58")
@pytest.mark.parametrize(
    ("text", "rows", "codes"),
    [
        ("id,name\n1,下沙塘\n2,茅山\n", "2", []),
        ("id,name\n1,下沙塘\n2,茅山\n", "3", ["TABLE-5"]),
        ("id,name\n1,下沙塘\n1,茅山\n", "2", ["TABLE-7"]),
        ("id,name\n一,下沙塘\n", "1", ["TABLE-6"]),
        ("id,name\n1,下沙塘水库下沙塘水库下沙塘水库\n", "1", ["TABLE-6"]),
        ("id,title\n1,下沙塘\n", "1", ["TABLE-4"]),
        ("id,name\n1\n", "1", ["TABLE-4"]),
    ],
)
def test_rows_are_counted_and_values_are_of_their_type(tmp_path, work, text, rows, codes):
    assert faults(samples.table(tmp_path / "a", work, text, rows=rows)) == codes


def test_a_missing_file_and_a_broken_description_are_told(tmp_path, work):
    folder = samples.photo_group(tmp_path / "a", work)
    (folder / "IMG_0001.jpg").unlink()
    assert faults(folder) == ["PHOTO-2"]
    (folder / "描述.xml").write_text("<照片组><著录>", encoding="utf-8")
    assert faults(folder) == ["PHOTO-1"]
