"""How one large package goes through the whole capture, beside the floor of copying and digesting its files.

It is submitted, read, inspected, and records are made of it.

The capture runs in a process of its own with a data folder of its own: ``python -m
lantai.bench.capture PACKAGE`` captures a package and prints a JSON object as its last line.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .chain import AGENCY
from .ingest import SAMPLE_S, Notice, floor_s
from .processes import measured

FILES_AN_ITEM = 4
SMALL_BYTES = 2_048


def measure(files: int, notice: Notice) -> dict[str, Any]:
    """Captures a package of small text files, four to a record.

    Args:
        files: number of files, a multiple of four.
        notice: told how far it is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    try:
        _write_package(where / "package", files // FILES_AN_ITEM)
        notice("write", 1, 1)
        floor = floor_s(where / "package", where / "floor", ".txt")
        captured, peaks = _capture(where)
        notice("chain", 1, 1)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    half = len(peaks) // 2
    return {
        "files": files,
        **captured,
        "files_per_s": round(files / captured["seconds"], 1),
        "floor_seconds": round(floor, 1),
        "floor_files_per_s": round(files / floor, 1),
        "peak_rss_mib": round(max(peaks), 1),
        "peak_rss_mib_first_half": round(max(peaks[: half + 1]), 1),
        "cpus": os.cpu_count(),
    }


def _write_package(folder: Path, items: int) -> None:
    from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package

    common: dict[str, str | int] = {"责任者": "东江市水务局", "日期": "20240301", "年度": 2024}
    common |= {"保管期限": "永久", "密级": "公开", "附件数": FILES_AN_ITEM - 1}
    loose = folder.with_name("loose")
    made = []
    for place in range(1, items + 1):
        files = []
        for number in range(FILES_AN_ITEM):
            path = loose / f"{place:06d}" / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            line = f"第 {place} 件，第 {number} 个文件。\n".encode()
            path.write_bytes(
                (line * (SMALL_BYTES // len(line) + 1))[:SMALL_BYTES].decode(errors="ignore").encode()
            )
            files.append(FileToWrite(path, f"{place:06d}/{f'附件{number}' if number else '正文'}.txt"))
        columns = {**common, "题名": f"关于第{place}号水利工程验收的通知", "文号": f"东水务〔2024〕{place}号"}
        made.append(ItemToWrite(columns, tuple(files)))
    write_folder_package(folder, made, {"移交单位": "东江市水务局"})


def _capture(where: Path) -> tuple[dict[str, Any], list[float]]:
    (where / "home").mkdir()
    peaks = [0.0]
    captured = measured(
        where, "lantai.bench.capture", str(where / "package"), every_s=SAMPLE_S, observe=peaks.append
    )
    return captured, peaks


def capture(package: Path) -> dict[str, Any]:
    """Submits one package and processes it here and now; seconds from the one to the last record."""
    from lantai.core.settings import home
    from lantai.demo import api as demo
    from lantai.records.api import Document

    demo.settle(lambda _done, _total: None)
    started = time.perf_counter()
    submission = demo.send_package(package, agency_code=AGENCY, key="one", title="一个大包")
    seconds = time.perf_counter() - started
    submission.refresh_from_db()
    plan = next((home() / "leaving").glob("*/filing.jsonl"))
    documents = Document.objects.count()
    return {
        "records": submission.counts["accepted"],
        "documents": documents,
        "returned": submission.counts["returned"],
        "seconds": round(seconds, 1),
        "manifest_bytes_per_file": round(plan.stat().st_size / max(1, documents)),
    }


def main() -> None:
    """The process that captures."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    gc.freeze()  # as the command line does for the worker
    print(json.dumps(capture(Path(sys.argv[1]))))  # noqa: T201


if __name__ == "__main__":
    main()
