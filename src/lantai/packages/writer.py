"""Writing packages of kind ``folder``: for the demo, for tests, and as an example for agencies."""

from __future__ import annotations

import csv
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from lantai.core.digests import digest_file

from .catalogue import guarded
from .columns import columns

Value = str | int | date
WRITTEN_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's times have no zone
"""What a workbook says of when it was made: the same package written twice is the same bytes."""


@dataclass(frozen=True, slots=True)
class FileToWrite:
    """A file and its name within the package, ``/`` between folders."""

    source: Path
    name: str


@dataclass(frozen=True, slots=True)
class ItemToWrite:
    """An item: catalogue columns by name (题名, 文号, …) and its files in order.

    ``文件`` and ``数字摘要`` are filled in from the files unless they are given: a package with a
    fault on purpose gives them. Files that share a folder named by ``folder`` are listed as it.
    """

    columns: Mapping[str, Value]
    files: tuple[FileToWrite, ...] = ()
    folder: str = ""


def write_folder_package(
    target: Path,
    items: Sequence[ItemToWrite],
    declaration: Mapping[str, Value] | None = None,
    *,
    catalogue: Literal["xlsx", "csv"] = "xlsx",
    charset: Literal["utf-8-sig", "utf-8", "gb18030"] = "utf-8-sig",
    digest: Literal["sm3", "sha256", ""] = "sm3",
) -> Path:
    """Writes a package as a folder, or as one ZIP file when the target ends in ``.zip``.

    Args:
        target: folder or ZIP file to make; must not exist.
        items: in the order of the catalogue.
        declaration: lines of 说明文件; 总件数 and 总字节数 are added when they are not given.
        catalogue: spreadsheet or CSV.
        charset: of the CSV and of 说明文件.
        digest: algorithm of the digests declared for each file; empty declares none.

    Returns:
        the target.
    """
    folder = target.with_suffix(".writing") if target.suffix == ".zip" else target
    folder.mkdir(parents=True)
    rows = [_row(number, item, folder, digest) for number, item in enumerate(items, 1)]
    names = [column.name for column in columns() if any(column.name in row for row in rows)]
    if catalogue == "xlsx":
        _write_xlsx(folder / "目录.xlsx", names, rows)
    else:
        _write_csv(folder / "目录.csv", names, rows, charset)
    lines: dict[str, Value] = dict(declaration or {})
    lines.setdefault("总件数", len(items))
    lines.setdefault("总字节数", sum(file.source.stat().st_size for item in items for file in item.files))
    text = "".join(f"{name}：{value}\r\n" for name, value in lines.items())
    (folder / "说明文件.TXT").write_bytes(text.encode(charset))
    if folder is not target:
        _pack(folder, target)
        shutil.rmtree(folder)
    return target


def _row(number: int, item: ItemToWrite, folder: Path, digest: str) -> dict[str, Value]:
    for file in item.files:
        copy = folder / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.source, copy)
    row: dict[str, Value] = {"序号": number}
    loose = [file for file in item.files if not (item.folder and file.name.startswith(f"{item.folder}/"))]
    row["文件"] = "; ".join([*(file.name for file in loose), *([item.folder] if item.folder else [])])
    if digest:
        row["数字摘要"] = "; ".join(
            f"{file.name}={digest}:{getattr(digest_file(file.source), digest)}" for file in loose
        )
    return {**row, **item.columns}


def _write_xlsx(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Value]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": WRITTEN_AT})
        sheet = book.add_worksheet("目录")
        heading = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(names):
            sheet.write_string(0, place, name, heading)
        for line, row in enumerate(rows, 1):
            for place, name in enumerate(names):
                value = row.get(name, "")
                if isinstance(value, date):
                    sheet.write_datetime(line, place, value, day)
                elif isinstance(value, int):
                    sheet.write_number(line, place, value)
                elif value:
                    sheet.write_string(line, place, value)


def _write_csv(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, Value]], charset: str) -> None:
    with path.open("w", encoding=charset, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for row in rows:
            writer.writerow([_written(row.get(name, "")) for name in names])


def _written(value: Value) -> str:
    return f"{value:%Y%m%d}" if isinstance(value, date) else guarded(str(value))


def _pack(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for base, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = Path(base) / name
                archive.write(path, str(path.relative_to(folder)))
