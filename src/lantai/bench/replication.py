"""How fast a store on S3 is given what it lacks, beside obstore sending the same files; and rebuilt from."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from .ingest import Notice
from .processes import measured
from .vaultload import PROGRESS

SAMPLE_S = 0.2


def measure(
    endpoint: str, keys: tuple[str, str], objects: int, mebibytes: int, notice: Notice
) -> dict[str, Any]:
    """Runs :mod:`lantai.bench.replicationload` in a process and a data folder of its own.

    Args:
        endpoint: address of an S3 server; a bucket of its own is made there, and emptied at the end.
        keys: access key and secret key.
        objects: how many objects of three small files.
        mebibytes: of objects of one large file, 2**20 bytes, all together.
        notice: told how far it is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    home, peak = where / "home", 0.0
    home.mkdir()

    def observe(mib: float) -> None:
        nonlocal peak
        peak = max(peak, mib)
        try:
            step, done = (home / PROGRESS).read_text(encoding="ascii").split()
        except OSError:
            return
        notice(step, int(done), objects)

    try:
        arguments = (endpoint, str(objects), str(mebibytes))
        told = measured(
            where, "lantai.bench.replicationload", *arguments, every_s=SAMPLE_S, observe=observe,
            settings={"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]},
        )  # fmt: skip
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return {**told, "peak_rss_mib": round(peak, 1), "cpus": os.cpu_count()}
