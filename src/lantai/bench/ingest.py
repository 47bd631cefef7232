"""How fast records go down the whole chain, beside the floor of copying and digesting the same files."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from .processes import count_in, measured

PACKAGES = (500, 1_000, 1_500)
"""Records in a package, one size after the other: agencies do not send alike."""
DISTINCT = 200
SAMPLE_S = 1.0
ONE_STORE = """[[store]]
key = "use"
name = "利用库"
kind = "filesystem"
location = "vault/use"
site = "本机"
medium = "磁盘"
purpose = "use"
"""
Notice = Callable[[str, int, int], None]


def measure(number: int, notice: Notice) -> dict[str, Any]:
    """Makes ``number`` records in packages, copies and digests them, then has them walk the chain.

    The chain runs in a process of its own with a data folder of its own; its memory is what that
    process and its children hold together, sampled.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    # Nothing is removed before the end: an ext4 volume without a journal will not use an inode again
    # for a minute after its removal, and looks past every such one whenever it makes a file.
    try:
        _write_packages(where / "packages", number, notice)
        floor = floor_s(where / "packages", where / "floor", ".pdf")
        chain, peak_mib = _run_chain(where, number, notice)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return {
        "records": number,
        "records_stored": chain["stored"],
        "records_per_s": round(chain["stored"] / chain["seconds"], 1),
        "floor_records_per_s": round(number / floor, 1),
        "cpu_ms_per_record": round(1000 * chain["cpu_seconds"] / max(1, chain["stored"]), 2),
        "bytes": chain["bytes"],
        "seconds_by_step": chain["steps"],
        "peak_rss_mib": round(peak_mib, 1),
        "cpus": os.cpu_count(),
    }


def _write_packages(folder: Path, number: int, notice: Notice) -> None:
    """Small born-digital records: a two-page PDF of about 50 KiB with its description.

    A few hundred papers are typeset; each record's file is one of them with a line of its own
    after the end mark, so that no two files are alike.
    """
    from lantai.demo.api import long_paper
    from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package

    chance = random.Random(number)  # noqa: S311
    papers = [long_paper(place, chance) for place in range(min(DISTINCT, number))]
    for start, end in _packages(number):
        loose = folder.with_name("loose") / f"{start:06d}"
        items = []
        for place in range(start, end):
            paper = papers[place % len(papers)]
            path = loose / f"{place:06d}.pdf"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(paper.content + b"%% record %d\n" % place)
            columns = {
                **paper.columns,
                "题名": f"{paper.columns['题名']}（{place + 1}）",
                "文号": f"东水务〔2024〕{place + 1}号",
            }
            items.append(ItemToWrite(columns, (FileToWrite(path, f"{place:06d}/正文.pdf"),)))
        write_folder_package(folder / f"{start:06d}", items, paper.declaration)
        notice("write", end, number)


def _packages(number: int) -> Iterator[tuple[int, int]]:
    """First record of each package, and the first after it."""
    start = 0
    for size in cycle(PACKAGES):
        if start >= number:
            return
        yield start, min(start + size, number)
        start += size


def floor_s(source: Path, target: Path, ending: str) -> float:
    """Seconds to copy every file of an ending once, with the same digests, and sync at the end."""
    from lantai.core.digests import copy_with_digests

    started = time.perf_counter()
    for path in sorted(source.rglob(f"*{ending}")):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy_with_digests(path, copy)
    os.sync()
    return time.perf_counter() - started


def _run_chain(where: Path, number: int, notice: Notice) -> tuple[dict[str, Any], float]:
    home = where / "home"
    home.mkdir()
    (home / "vault.toml").write_text(ONE_STORE, encoding="utf-8")
    peaks = [0.0]

    def observe(mib: float) -> None:
        peaks.append(mib)
        notice("chain", count_in(home / "stored"), number)

    told = measured(where, "lantai.bench.chain", str(where / "packages"), every_s=SAMPLE_S, observe=observe)
    return told, max(peaks)
