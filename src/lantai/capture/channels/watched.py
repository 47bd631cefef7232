"""Watched folders: what an office system or a person drops there is taken by itself.

::

    FOLDER/六月.zip          taken when nothing has changed for a while, or at once with 六月.zip.ready
    FOLDER/七月/             a package folder, the same
    FOLDER/.done/…           what was filed, with its report beside it (….report.json)
    FOLDER/.failed/…         what came back, wholly or in part, with the report that says why

Names that begin with a dot, links, and names of copies still under way (``.part``, ``.tmp``,
``.crdownload``, ``~``) are never taken. The same bytes dropped twice are one submission.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Invalid, LantaiError, NotFound
from lantai.core.jobs import JobState
from lantai.institutions.api import Organisation, organisation_by_code

from ..models import Submission
from ..selectors import returned_items
from ..services import receive_package

log = structlog.get_logger("lantai.capture.watch")
READY, REPORT = ".ready", ".report.json"
DONE, FAILED, TAKEN = ".done", ".failed", ".taken"
_UNDER_WAY = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~", READY)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a dropped package looked like at a glance, and since when it has looked so."""

    shape: str
    since_s: float


class Watcher:
    """One folder and the agency whose packages it brings.

    A package that was taken lies in ``.taken`` under its submission's id until it is finished, so
    that a restarted process finds what it has to report on.
    """

    def __init__(
        self, folder: Path, agency: Organisation, actor: Actor = SYSTEM, *, enqueue: bool = True
    ) -> None:
        self.folder, self.agency, self.actor, self._enqueue = folder, agency, actor, enqueue
        self._seen: dict[str, Seen] = {}
        if not folder.is_dir():
            raise NotFound(_("没有这个文件夹。"), subject=str(folder))
        for name in (DONE, FAILED, TAKEN):
            (folder / name).mkdir(exist_ok=True)

    def look(self, now_s: float | None = None) -> list[Submission]:
        """Takes what is ready and reports on what is finished; returns the submissions taken."""
        now_s = time.monotonic() if now_s is None else now_s
        ready = list(self._ready(now_s))
        taken = [found for path in ready if (found := self._take(path))]
        self.settle()
        return taken

    def watch(self, process: Callable[[Submission], None], *, once: bool) -> list[str]:
        """Looks again and again until it is interrupted, and has what it took processed here.

        Args:
            process: brings a submission to its end.
            once: end as soon as nothing is left that could become ready.

        Returns:
            the states of the submissions taken.
        """
        states: list[str] = []
        with suppress(KeyboardInterrupt):
            while True:
                for found in self.look():
                    process(found)
                    states.append(found.state)
                self.settle()
                if once and not self._seen:
                    break
                time.sleep(1)
        return states

    def settle(self) -> None:
        """Moves aside what was taken and is finished by now, with its report."""
        for holder in sorted((self.folder / TAKEN).iterdir()):
            found = _submission(holder.name)
            content = next(holder.iterdir(), None)
            if found is None or content is None:
                continue
            job_failed = found.job is not None and found.job.state in {JobState.FAILED, JobState.CANCELLED}
            if found.is_finished or (found.state == Submission.State.FAILED and job_failed):
                good = found.state == Submission.State.ACCEPTED
                self._put_aside(content, DONE if good else FAILED, report_of(found))
                holder.rmdir()

    def _ready(self, now_s: float) -> Iterator[Path]:
        paths = {path.name: path for path in sorted(self.folder.iterdir()) if _may_be_taken(path)}
        self._seen = {name: seen for name, seen in self._seen.items() if name in paths}
        for name, path in paths.items():
            shape = _shape(path)
            seen = self._seen.get(name)
            if seen is None or seen.shape != shape:
                seen = self._seen[name] = Seen(shape, now_s)
            marked = path.with_name(name + READY).exists()
            if marked or now_s - seen.since_s >= configuration.WATCH_STABLE_S.read():
                yield path

    def _take(self, path: Path) -> Submission | None:
        """Hands one package in; where that cannot be done now, it stays and is tried again."""
        try:
            received = receive_package(
                file=path,
                agency=self.agency,
                channel=Submission.Channel.FOLDER,
                key=_key(path),
                actor=self.actor,
                title=path.stem if path.is_file() else path.name,
                enqueue=self._enqueue,
            )
        except Invalid as error:
            self._put_aside(path, FAILED, {"message": str(error)})
            return None
        except (
            LantaiError,
            OSError,
        ) as error:  # the disk is full, the database away: it stays and is tried again
            log.warning("not taken", folder=str(self.folder), error=str(error))
            return None
        holder = self.folder / TAKEN / str(received.submission.id)
        holder.mkdir(exist_ok=True)
        if any(holder.iterdir()):  # the same package came before and is still being processed
            self._put_aside(path, DONE, {"submission": str(received.submission.id), "created": False})
        else:
            self._move(path, holder / path.name)
        return received.submission

    def _move(self, path: Path, target: Path) -> None:
        """Moves a package away, and its marker with it."""
        path.rename(target)
        self._seen.pop(path.name, None)
        path.with_name(path.name + READY).unlink(missing_ok=True)

    def _put_aside(self, path: Path, where: str, report: dict[str, Any]) -> None:
        target = self.folder / where / path.name
        number = 1
        while target.exists():
            number += 1
            target = self.folder / where / f"{path.stem}-{number}{path.suffix}"
        self._move(path, target)
        text = json.dumps(report, ensure_ascii=False, indent=2, default=str)
        target.with_name(target.name + REPORT).write_text(text, encoding="utf-8")


def report_of(found: Submission) -> dict[str, Any]:
    """What became of a submission, as it is laid beside its package."""
    return {
        "submission": str(found.id),
        "title": found.title,
        "state": found.state,
        "counts": {name: found.counts.get(name, 0) for name in ("items", "accepted", "returned", "purged")},
        "findings": found.counts.get("findings", []),
        "returned": [
            {"sequence": item.sequence, "title": item.title, "findings": item.findings}
            for item in returned_items(found).iterator()
        ],
        "receipt": found.receipt,
    }


_watchers: dict[tuple[str, str], Watcher] = {}


def look_into_folders() -> None:
    """Looks into every folder of the setting ``WATCH``; run by the worker."""
    for word in configuration.WATCH.read():
        code, _equals, text = word.partition("=")
        try:
            if (code, text) not in _watchers:
                _watchers[code, text] = Watcher(Path(text), organisation_by_code(code))
            _watchers[code, text].look()
        except (LantaiError, OSError) as error:
            log.warning("folder not watched", folder=text, agency=code, error=str(error))


def _may_be_taken(path: Path) -> bool:
    name = path.name
    if name.startswith(".") or name.lower().endswith(_UNDER_WAY) or path.is_symlink():
        return False
    return path.is_file() or path.is_dir()


def _shape(path: Path) -> str:
    """Names, sizes and times of everything in it: while a copy is under way, these change."""
    digest = hashlib.sha256()
    for part in (path, *sorted(path.rglob("*"))) if path.is_dir() else (path,):
        facts = part.lstat()
        digest.update(os.fsencode(part) + f"\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _key(path: Path) -> str:
    """An idempotency key from the content, so that the same package dropped twice is one submission."""
    digest = hashlib.new("sm3")
    files = sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]
    for part in files:
        digest.update(os.fsencode(part.relative_to(path)) + b"\0" if path.is_dir() else b"")
        with part.open("rb") as stream:
            while chunk := stream.read(2**20):
                digest.update(chunk)
        digest.update(b"\0")
    return f"watch-{digest.hexdigest()}"


def _submission(name: str) -> Submission | None:
    try:
        return Submission.objects.select_related("job").filter(id=UUID(name)).first()
    except ValueError:
        return None
