"""The work that ``lantai bench vault`` measures. Usage: ``python -m lantai.bench.vaultload OBJECTS FILES MIB``.

The last line of output is a JSON object. Sources are made before the clock runs; every step has
its floor: the least that any program must do for the same promise, timed right beside it. How far
each step is stands in a file, so that whoever watches can tell what it holds in memory and when.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import django

from .processes import held_mib

BATCH = 1_000
SMALL_BYTES = 4_096
DOCUMENTS = 3
KEY_BYTES = 16
EMPTY_FILES = 5_000
PROGRESS = "progress"
"""File in the data folder: the step under way and how many objects it has behind it."""


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def tell(step: str, done: int) -> None:
    """Writes down how far a step is."""
    from lantai.core.settings import home

    written = home() / f"{PROGRESS}.new"
    written.write_text(f"{step} {done}", encoding="ascii")
    written.replace(home() / PROGRESS)


def migrate() -> None:
    """Makes the tables as an operator does, in a process that ends: it holds every model as it was at every step."""
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], check=True)


class Sources:
    """Files to be stored, made from a seed, and the records that hold them."""

    def __init__(self) -> None:
        from lantai.core.settings import home
        from lantai.demo import api as demo
        from lantai.records.api import Fonds

        demo.settle(lambda _done, _total: None)
        self.home = home()
        self.fonds = Fonds.objects.select_related("creator").order_by("code")[0]
        self.chance = random.Random(20261122)  # noqa: S311

    def small(self, number: int) -> bytes:
        """Records of three small documents each; their keys, one behind the other."""
        made = bytearray()
        for start in range(0, number, BATCH):
            stop = min(start + BATCH, number)
            made += self._records([self._documents(place) for place in range(start, stop)])
            tell("sources", stop)
        return bytes(made)

    def pages(self, number: int) -> bytes:
        """One record of many page images."""
        from lantai.core.digests import digest_bytes
        from lantai.records.api import DocumentDraft
        from lantai.vault.api import page_list_digests

        folder = self.home / "sources" / "pages"
        folder.mkdir(parents=True)
        digests = []
        for place in range(1, number + 1):
            data = self.chance.randbytes(SMALL_BYTES)
            (folder / f"{place:04d}.tif").write_bytes(data)
            digests.append(digest_bytes(data))
        whole = page_list_digests(digests)
        return self._records(
            [[DocumentDraft(
                original_name="页面图像", role="page_images", format_name="TIFF", puid="fmt/353",
                size_bytes=whole.size_bytes, sha256=whole.sha256, sha512=whole.sha512, sm3=whole.sm3,
                page_count=number, location="sources/pages",
            )]]
        )  # fmt: skip

    def large(self, mebibytes: int, place: int = 0) -> bytes:
        """One record of one large file."""
        from lantai.core.digests import digest_file

        path = self.home / "sources" / f"large{place or ''}.mkv"
        with path.open("wb") as target:
            for _mebibyte in range(mebibytes):
                target.write(self.chance.randbytes(2**20))
        return self._records([[_document(path.name, digest_file(path), f"sources/{path.name}")]])

    def _documents(self, place: int) -> list[Any]:
        from lantai.core.digests import digest_bytes

        folder = self.home / "sources" / "small" / f"{place // 1000:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        found = []
        for part in range(DOCUMENTS):
            data = self.chance.randbytes(SMALL_BYTES)
            path = folder / f"{place}-{part}.pdf"
            path.write_bytes(data)
            location = path.relative_to(self.home).as_posix()
            found.append(_document(f"正文{part}.pdf", digest_bytes(data), location))
        return found

    def _records(self, documents: list[list[Any]]) -> bytes:
        from lantai.core.actors import SYSTEM
        from lantai.records.api import RecordDraft, create_records

        drafts = [
            RecordDraft(
                fonds_id=self.fonds.id, agency_id=self.fonds.creator_id, title=f"关于第{place}号事项的通知",
                year=2024, retention="Y", documents=own,
            )
            for place, own in enumerate(documents)
        ]  # fmt: skip
        return b"".join(record.id.bytes for record in create_records(drafts, SYSTEM))


def _document(name: str, digests: Any, location: str) -> Any:
    from lantai.records.api import DocumentDraft

    return DocumentDraft(
        original_name=name, original_name_b=name.encode(), media_type="application/pdf", puid="fmt/95",
        format_name="PDF/A", size_bytes=digests.size_bytes, sha256=digests.sha256, sha512=digests.sha512,
        sm3=digests.sm3, location=location,
    )  # fmt: skip


def ingest(keys: bytes, step: str) -> None:
    """Into the one store, a thousand records at a time."""
    from lantai.core.actors import SYSTEM
    from lantai.vault.api import IngestItem
    from lantai.vault.api import ingest as store

    record_ids = (UUID(bytes=keys[at : at + KEY_BYTES]) for at in range(0, len(keys), KEY_BYTES))
    stored = 0
    while part := [IngestItem(record_id) for record_id in islice(record_ids, BATCH)]:
        done = store(part, SYSTEM)
        if len(done.record_ids) != len(part):
            raise SystemExit(f"refused: {done.refused[:3]}")
        stored += len(part)
        tell(step, stored)


def empty_file_us(folder: Path) -> float:
    """What the volume takes to make one empty file, microseconds: an object is fifteen files and folders.

    An ext4 volume without a journal uses no deleted inode again for some minutes and looks past each
    of them whenever it makes a file: after anything was removed this tells why objects come slowly.
    """
    folder.mkdir()

    def make() -> None:
        for place in range(EMPTY_FILES):
            (folder / str(place)).touch()

    return seconds(make) / EMPTY_FILES * 1e6


def copy_and_digest(folder: Path, target: Path) -> None:
    """The floor of writing: each file read once, digested with SHA-512, written, synced at the end."""
    for name, _folders, files in os.walk(folder):
        inside = target / Path(name).relative_to(folder)
        inside.mkdir(parents=True, exist_ok=True)
        for file in sorted(files):
            data = Path(name, file).read_bytes()
            hashlib.sha512(data)
            (inside / file).write_bytes(data)
    os.sync()


def digest_one_by_one(path: Path) -> None:
    """The floor of storing a large file: the same three digests, one after another for each piece."""
    hashers = [hashlib.sha512(), hashlib.sha256(), hashlib.new("sm3")]
    with path.open("rb", buffering=0) as source:
        while piece := source.read(2**20):
            for hasher in hashers:
                hasher.update(piece)


def sha512sum(folder: Path, processes: int) -> None:
    """The floor of an audit: the tool everybody has, over the same files."""
    command = ["xargs", "-0", "-P", str(processes), "-n", "500", "sha512sum"]
    with subprocess.Popen(["find", folder, "-type", "f", "-print0"], stdout=subprocess.PIPE) as names:
        subprocess.run(command, stdin=names.stdout, stdout=subprocess.DEVNULL, check=True)


def rebuild_everything(store: str = "use") -> tuple[float, int, int]:
    """Loses the database and makes it again from a store: seconds, objects, objects expected."""
    from django.db import connection

    from lantai.core.settings import home
    from lantai.ledger.api import sequence_pending
    from lantai.vault.api import VaultObject, rebuild

    tell("loss", 0)  # what making the tables anew holds, in a process of its own, belongs to no step
    while sequence_pending():
        pass
    expected = VaultObject.objects.count()
    connection.close()
    for path in home().glob("lantai.sqlite3*"):
        path.unlink()
    migrate()
    started = time.perf_counter()
    result = rebuild(store, observe=lambda told: tell("rebuild", told.objects_count))
    return time.perf_counter() - started, result.objects_count, expected


def run(objects: int, files: int, mebibytes: int) -> dict[str, Any]:
    """All steps, one after another."""
    from lantai.core.settings import WORKERS, home
    from lantai.vault.api import audit, reconcile, validate

    root = home() / "vault" / "use" / "objects"
    sources = Sources()
    small, pages, large = sources.small(objects), sources.pages(files), sources.large(mebibytes)
    floor_s = seconds(lambda: copy_and_digest(home() / "sources" / "small", home() / "floor"))
    file_us = empty_file_us(home() / "empty")
    small_s = seconds(lambda: ingest(small, "ingest"))
    pages_s = seconds(lambda: ingest(pages, "pages"))
    hash_s = seconds(lambda: digest_one_by_one(home() / "sources" / "large.mkv"))
    large_s = seconds(lambda: ingest(large, "large"))
    sum_s = seconds(lambda: sha512sum(root, max(2, WORKERS.read())))
    audited = audit("use", observe=lambda told: tell("audit", told.objects_count))
    started = time.perf_counter()
    reconciled = reconcile(observe=lambda told: tell("reconcile", told.objects_count))
    reconcile_s, started = time.perf_counter() - started, time.perf_counter()
    validated = validate(root, "root", lambda done: tell("validate", done))
    validate_s = time.perf_counter() - started
    rebuild_s, rebuilt, expected = rebuild_everything()
    return {
        "objects": objects,
        "small_objects_per_s": round(objects / small_s, 1),
        "small_floor_per_s": round(objects / floor_s, 1),
        "empty_file_us": round(file_us, 1),
        "files_per_s_in_one_object": round(files / pages_s, 1),
        "large_ratio_to_hash": round(hash_s / large_s, 3),
        "audit_ratio_to_sha512sum": round(sum_s / audited.seconds, 3),
        "rebuild_objects_per_s": round(rebuilt / rebuild_s, 1),
        "reconcile_objects_per_s": round(reconciled.objects_count / reconcile_s, 1),
        "validate_objects_per_s": round(validated.objects / validate_s, 1),
        "sound": audited.is_clean
        and not reconciled.findings_count
        and validated.valid
        and validated.objects == rebuilt == expected == objects + 2,
        "held_at_the_end_mib": held_mib(os.getpid()),
    }


if __name__ == "__main__":
    migrate()
    django.setup()
    gc.freeze()  # as the command line does
    print(json.dumps(run(*map(int, sys.argv[1:4]))))  # noqa: T201
