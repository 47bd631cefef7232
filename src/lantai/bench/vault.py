"""How fast the vault writes, audits and rebuilds, each beside its floor in the same run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lantai.core.errors import LantaiError

from .ingest import ONE_STORE, Notice, held_mib

SAMPLE_S = 0.1


def measure(objects: int, files: int, mebibytes: int, notice: Notice) -> dict[str, Any]:
    """Runs :mod:`lantai.bench.vaultload` in a process and a data folder of its own.

    Args:
        objects: how many objects of three small files.
        files: how many files in one object.
        mebibytes: size of the one large file, 2**20 bytes.
        notice: told how far it is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    try:
        told, early_mib, peak_mib = _run(where, (objects, files, mebibytes), notice)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    rss = {"peak_rss_first_quarter_mib": round(early_mib, 1), "peak_rss_mib": round(peak_mib, 1)}
    return {**told, **rss, "cpus": os.cpu_count()}


def _run(where: Path, sizes: tuple[int, int, int], notice: Notice) -> tuple[dict[str, Any], float, float]:
    home = where / "home"
    home.mkdir()
    (home / "vault.toml").write_text(ONE_STORE, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANTAI_")}
    environment |= {"LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
    command = [sys.executable, "-m", "lantai.bench.vaultload", *map(str, sizes)]
    with (where / "log").open("w+") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        early = peak = 0.0
        while process.poll() is None:
            peak = max(peak, held_mib(process.pid))
            done = int((home / "stored").read_text() or 0) if (home / "stored").exists() else 0
            early = peak if done <= sizes[0] // 4 else early
            notice("vault", done, sizes[0])
            time.sleep(SAMPLE_S)
        log.seek(0)
        said = log.read()
    if process.returncode:
        raise LantaiError("测速进程失败。", subject=said[-2000:])
    return json.loads(said.strip().splitlines()[-1]), early, peak
