"""How fast packages are inspected, beside the floor of computing the same digests in one process."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lantai.core.errors import LantaiError

from .ingest import Notice
from .processes import watched

SAMPLE_S = 0.1
SIDE_PX = 4096
SMALL_BYTES = 2_048
INSPECT = "from lantai.config.cli import main; main()"
BAG_DIGESTS, FOLDER_DIGESTS = ("sha256", "sha512"), ("sha256", "sha512", "sm3")
Maker = Callable[[Path], Path]


def measure(files: int, mebibytes: int, notice: Notice) -> dict[str, Any]:
    """Inspects a bag of large files, a folder package of scans and a bag of many small files.

    Args:
        files: number of small files.
        mebibytes: size of each of the two large packages, 2**20 bytes.
        notice: told how far it is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    scans = max(1, mebibytes * 2**20 // SIDE_PX**2)
    cases: Sequence[tuple[str, Maker, Sequence[str]]] = (
        ("bag", lambda folder: _bag(_scans(folder / "content", scans), folder / "bag"), BAG_DIGESTS),
        (
            "folder",
            lambda folder: _folder(_scans(folder / "content", scans), folder / "package"),
            FOLDER_DIGESTS,
        ),
        ("small", lambda folder: _bag(_small(folder / "content", files), folder / "bag"), BAG_DIGESTS),
    )
    result: dict[str, Any] = {"cpus": os.cpu_count()}
    try:
        for place, (name, make, algorithms) in enumerate(cases):
            folder = where / name
            folder.mkdir()
            package = make(folder)
            shutil.rmtree(folder / "content")
            for key, value in _inspect(package, algorithms, where).items():
                result[f"{name}_{key}"] = value
            shutil.rmtree(folder)
            notice("packages", place + 1, len(cases))
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return result


def _inspect(package: Path, algorithms: Sequence[str], where: Path) -> dict[str, Any]:
    floor_s, count, size_bytes = _floor(package, algorithms)
    command = [sys.executable, "-c", INSPECT, "inspect", str(package), "--json"]
    environment = {**os.environ, "LANTAI_HOME": str(where / "no-home"), "LANTAI_CLAMD": ""}
    started = time.perf_counter()
    peaks = [0.0]
    _status, text = watched(command, environment, where / "log", every_s=SAMPLE_S, observe=peaks.append)
    seconds = time.perf_counter() - started
    said = text.strip().splitlines()
    answer = json.loads(said[-1]) if said else {}
    failed = [found for found in answer.get("findings", []) if found["outcome"] == "fail"]
    if failed or "verdict" not in answer:
        raise LantaiError("测速所用的包没有通过检测。", subject=str(failed[:1] or said[-3:]))
    return {
        "files": count,
        "bytes": size_bytes,
        "seconds": round(seconds, 2),
        "floor_seconds": round(floor_s, 2),
        "ratio": round(seconds / floor_s, 2),
        "peak_rss_mib": round(max(peaks), 1),
    }


def _floor(package: Path, algorithms: Sequence[str]) -> tuple[float, int, int]:
    """Seconds to read every file once and digest it, one after the other; their number and bytes."""
    started = time.perf_counter()
    count = size_bytes = 0
    for path in _files(package):
        hashes = [hashlib.new(name) for name in algorithms]
        with path.open("rb", buffering=0) as stream:
            while chunk := stream.read(2**20):
                size_bytes += len(chunk)
                for running in hashes:
                    running.update(chunk)
        count += 1
    return time.perf_counter() - started, count, size_bytes


def _files(folder: Path) -> Iterator[Path]:
    for base, _folders, names in os.walk(folder):
        for name in names:
            yield Path(base, name)


def _scans(folder: Path, number: int) -> Path:
    """Grey pages of 16 MiB, uncompressed, no two alike."""
    from PIL import Image

    noise = random.Random(number).randbytes(SIDE_PX * 64)  # noqa: S311
    folder.mkdir()
    for place in range(number):
        turned = noise[place:] + noise[:place]
        page = Image.frombytes("L", (SIDE_PX, SIDE_PX), turned * (SIDE_PX // 64))
        page.save(folder / f"{place:04d}.tif", dpi=(300, 300))
    return folder


def _small(folder: Path, number: int) -> Path:
    noise = random.Random(number).randbytes(SMALL_BYTES)  # noqa: S311
    for place in range(number):
        path = folder / f"{place // 1000:04d}" / f"{place:06d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % place + noise)
    return folder


def _bag(content: Path, target: Path) -> Path:
    from lantai.packages.api import Declaration, Package, kind_of

    write = kind_of("bagit").write
    if write:
        write(Package("folder", content, Declaration(), ()), target, {})
    return target


def _folder(content: Path, target: Path) -> Path:
    from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package

    common: dict[str, str | int] = {"责任者": "东江市自然资源局", "日期": "20240301", "年度": 2024}
    common |= {"保管期限": "永久", "密级": "公开"}
    items = [
        ItemToWrite(
            {**common, "题名": f"关于第{place}号地块的批复", "文号": f"东自资〔2024〕{place}号"},
            (FileToWrite(path, f"{place:04d}/正文.tif"),),
        )
        for place, path in enumerate(sorted(content.iterdir()), 1)
    ]
    return write_folder_package(target, items, {"移交单位": "东江市自然资源局"})
