"""Packages with one thing wrong at a time."""

from pathlib import Path

from lantai.core.findings import Outcome
from lantai.formats.tests.samples import make_pdf
from lantai.inspection.api import inspect_package
from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package

GOOD = {
    "题名": "关于印发年度工作要点的通知",
    "责任者": "东屿市人民政府办公室",
    "日期": "20240301",
    "年度": 2024,
    "文号": "东政办发〔2024〕1号",
    "保管期限": "30年",
    "密级": "公开",
    "公开属性": "主动公开",
    "页数": 2,
}


def item(tmp_path: Path, files: dict[str, Path] | None = None, **columns) -> ItemToWrite:
    """An item with a two-page PDF, unless files are given; columns override a good row."""
    if files is None:
        files = {"正文.pdf": make_pdf(tmp_path / "two-pages.pdf")}
    place = columns.pop("folder", "1")
    return ItemToWrite(
        {**GOOD, **columns},
        tuple(FileToWrite(source, f"{place}/{name}") for name, source in files.items()),
    )


def package(tmp_path: Path, *items: ItemToWrite, declaration=None, **more) -> Path:
    number = len(list(tmp_path.glob("package-*")))
    return write_folder_package(tmp_path / f"package-{number}", items, declaration, **more)


def inspect(tmp_path: Path, *items: ItemToWrite, stage="GD", **more):
    return inspect_package(package(tmp_path, *items, **more), stage)


def outcomes(report, key: str) -> set[str]:
    """Outcomes of one check over the whole report; ``pass`` where nothing was found."""
    found = {str(finding.outcome) for finding in report.all_findings if finding.key == key}
    return found or {str(Outcome.PASS)}


def finding(report, key: str):
    return next(found for found in report.all_findings if found.key == key)
