"""Restore drills (恢复演练): random objects are taken back from every backup and proven to be whole.

What a backup is worth shows only when something is restored from it. A drill restores into a
scratch folder, reads every byte of what arrived, holds it against the database, and against the
copy in use, and tries whether the description alone makes a record again. Its report is sealed.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import seals
from lantai.core.actors import SYSTEM, Actor
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid, LantaiError, NotFound
from lantai.core.jobs import start
from lantai.core.jobs.models import Job
from lantai.core.ports import require
from lantai.core.seals import Seal
from lantai.core.settings import VAULT_DRILL_DAYS, VAULT_DRILL_OBJECTS, home
from lantai.core.system_errors import words_of
from lantai.ledger.api import append

from ..adapters.filesystem import FolderFiles
from ..descriptions import RECORD, SEGMENT
from ..models import Copy, VaultObject
from ..ocfl import Inventory
from ..ocfl_validation import check_object
from ..record_xml import read_records
from ..stores import Store, StoreFacts, declared_stores, open_store
from .incidents import raise_incident
from .lately import SKEW, is_under_way, since
from .models import Drill, Incident

PURPOSE = "vault.drill"
JOB = "vault.drill"


@dataclass(frozen=True, slots=True)
class Tried:
    """One object taken back.

    Attributes:
        subject: the record as people know it.
        compared: how it was held against the copy in use: ``equal``, ``different`` or ``unreadable``.
        trouble: what is wrong with what came back; empty when it is whole.
    """

    object_path: str
    subject: str
    files: int
    size_bytes: int
    seconds: float
    compared: str
    trouble: str


@dataclass(slots=True)
class StoreDrill:
    """What came back from one store."""

    store: str
    name: str
    site: str
    medium: str
    objects: list[Tried] = field(default_factory=list)
    trouble: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything asked of this store came back whole."""
        return not self.trouble and all(not tried.trouble for tried in self.objects)


def drill(
    *,
    actor: Actor,
    stores: Sequence[str] = (),
    objects: int | None = None,
    observe: Callable[[int], None] | None = None,
) -> Drill:
    """Restores random objects from backups into scratch, compares and times them, and seals the report.

    Args:
        actor: who holds the drill.
        stores: keys; every backup by default.
        objects: how many from each; ``VAULT_DRILL_OBJECTS`` by default.
        observe: called with how many were tried so far.

    Raises:
        Forbidden: the actor may not.
        NotFound: there is no such store.
        Invalid: there is nothing to restore, or no backup.
    """
    require(actor, "vault.drill")
    began = timezone.now()
    chosen = _chosen(stores)
    if not chosen or not VaultObject.objects.exists():
        raise Invalid(_("没有可以演练的备份。"), remedy=_("总库里有了对象、有了备份存储之后再演练。"))
    done, tried = [], 0
    for facts in chosen:
        result = StoreDrill(facts.key, facts.name, facts.site, facts.medium)
        for one in _try_store(facts, objects or VAULT_DRILL_OBJECTS.read(), result):
            result.objects.append(one)
            tried += 1
            if observe:
                observe(tried)
        done.append(result)
    return _keep(_report(done, began, actor), done, began, actor)


def _chosen(keys: Sequence[str]) -> list[StoreFacts]:
    if keys:
        return [open_store(key).facts for key in keys]
    return [facts for facts in declared_stores() if facts.purpose == "backup"]


def _try_store(facts: StoreFacts, objects: int, result: StoreDrill) -> Iterator[Tried]:
    try:
        store = open_store(facts.key)
        store.require_ready()
    except LantaiError as error:
        result.trouble = str(error)
        return
    with tempfile.TemporaryDirectory(dir=home(), prefix=".drill-") as scratch:
        for number, row in enumerate(_random_objects(facts.key, objects)):
            folder = Path(scratch) / str(number)
            yield _try(store, row, folder)


def _random_objects(store: str, number: int) -> list[VaultObject]:
    """Objects said to be on the store, each as likely as any other."""
    copies = Copy.objects.filter(store=store, version__gt=0).order_by("id")
    copies = copies.exclude(object__state=VaultObject.State.ERASING).exclude(
        object__state=VaultObject.State.LOST
    )
    total = copies.count()
    places = sorted(secrets.SystemRandom().sample(range(total), min(number, total)))
    ids = [copies.values_list("object_id", flat=True)[place] for place in places]
    return list(VaultObject.objects.filter(id__in=ids).select_related("record"))


def _try(store: Store, row: VaultObject, folder: Path) -> Tried:
    started = time.monotonic()
    files, size_bytes, trouble = 0, 0, ""
    try:
        files, size_bytes = _restore(store, row.object_path, folder)
        seconds = time.monotonic() - started
        trouble = _trouble_with(row, folder)
    except OSError as error:
        seconds, trouble = time.monotonic() - started, _("取不回来：%s") % words_of(error)
    compared = _compare(row, folder) if not trouble else "different"
    subject = (row.record.reference_code or row.record.title) if row.record else _("目录段")
    return Tried(row.object_path, subject, files, size_bytes, round(seconds, 4), compared, trouble)


def _restore(store: Store, object_path: str, folder: Path) -> tuple[int, int]:
    """Copies a whole object out of a store; returns how many files and bytes."""
    source, files, size_bytes = store.object_files(object_path), 0, 0
    for path in source.paths():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open(path) as opened, target.open("wb") as written:
            while chunk := opened.read(CHUNK_BYTES):
                size_bytes += written.write(chunk)
        files += 1
    return files, size_bytes


def _trouble_with(row: VaultObject, folder: Path) -> str:
    checked = check_object(FolderFiles(folder))
    if checked.is_absent or checked.inventory is None:
        return _("存储上没有这个对象，或清单读不出。")
    if checked.problems:
        return "；".join(f"{p.path}：{p.message}（{p.code}）" for p in checked.problems[:3])
    current = VaultObject.objects.get(id=row.id)  # a version may have been added since
    if checked.inventory_sha512 not in {row.inventory_sha512, current.inventory_sha512}:
        return _("取回的对象与登记的不是同一个版本。")
    return _description_of(checked.inventory, row, folder)


def _description_of(inventory: Inventory, row: VaultObject, folder: Path) -> str:
    """Whether the description that came back makes the record again."""
    name = RECORD if row.record_id else SEGMENT
    with (folder / inventory.content_path(name)).open("rb") as file:
        told = [record_id for record_id, _parts in read_records(file)]
    if row.record_id and told != [row.record_id]:
        return _("取回的著录说的不是这件档案。")
    return ""


def _compare(row: VaultObject, folder: Path) -> str:
    """Holds every file that came back against the copy in use, byte for byte."""
    use = open_store(declared_stores()[0].key).object_files(row.object_path)
    try:
        same = sorted(use.paths()) == sorted(FolderFiles(folder).paths()) and all(
            _digest(use.open(path)) == _digest(FolderFiles(folder).open(path)) for path in use.paths()
        )
    except OSError:
        return "unreadable"
    return "equal" if same else "different"


def _digest(opened: Any) -> str:
    with opened as file:
        hasher = hashlib.sha512()
        while chunk := file.read(CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()


def _report(done: Sequence[StoreDrill], began: datetime, actor: Actor) -> dict[str, Any]:
    size_bytes = VaultObject.objects.aggregate(size=Sum("size_bytes"))["size"] or 0
    return {
        "format": "lantai-drill-1",
        "began_at": utc_text(began),
        "ended_at": utc_text(timezone.now()),
        "held_by": actor.name,
        "passed": all(result.passed for result in done),
        "holdings": {"objects": VaultObject.objects.count(), "size_bytes": size_bytes},
        "stores": [_told(result, size_bytes) for result in done],
    }


def _told(result: StoreDrill, holdings_bytes: int) -> dict[str, Any]:
    seconds = sum(tried.seconds for tried in result.objects)
    size_bytes = sum(tried.size_bytes for tried in result.objects)
    rate = size_bytes / seconds if seconds else 0.0
    return {
        "store": result.store,
        "name": result.name,
        "site": result.site,
        "medium": result.medium,
        "passed": result.passed,
        "trouble": result.trouble,
        "objects_count": len(result.objects),
        "size_bytes": size_bytes,
        "seconds": round(seconds, 3),
        "mib_per_s": round(rate / 2**20, 2),
        "all_holdings_hours": round(holdings_bytes / rate / 3600, 2) if rate else None,
        "objects": [asdict(tried) for tried in result.objects],
    }


def _keep(report: dict[str, Any], done: Sequence[StoreDrill], began: datetime, actor: Actor) -> Drill:
    with transaction.atomic():
        row = Drill.objects.create(
            started_at=began,
            finished_at=timezone.now(),
            passed=report["passed"],
            objects_count=sum(len(result.objects) for result in done),
            held_by=actor.name,
            report=report,
            seal=seals.sign(PURPOSE, canonical_json(report)).as_dict(),
        )
        append(act="vault.drill", actor=actor, subject=f"drill:{row.id}",
               after={"report": report, "seal": row.seal}, count=row.objects_count)  # fmt: skip
        for result in done:
            if not result.passed:
                trouble = result.trouble or "；".join(
                    f"{t.subject}：{t.trouble}" for t in result.objects if t.trouble
                )
                raise_incident(Incident.Kind.DRILL, store=result.store, detail=trouble[:2000])
    return row


def is_genuine(row: Drill) -> bool:
    """Whether the report is, byte for byte, what was sealed."""
    return seals.verify(Seal.from_dict(row.seal), PURPOSE, canonical_json(row.report))


def drills() -> QuerySet[Drill]:
    """Every drill."""
    return Drill.objects.all()


def drill_of(drill_id: UUID) -> Drill:
    """One drill.

    Raises:
        NotFound: there is none.
    """
    found = Drill.objects.filter(id=drill_id).first()
    if found is None:
        raise NotFound(_("没有这次演练。"))
    return found


def next_drill() -> datetime | None:
    """When the next one is due; ``None`` when none is to be held by itself."""
    days = VAULT_DRILL_DAYS.read()
    last = Drill.objects.filter(started_at__lte=timezone.now() + SKEW).order_by("-started_at").first()
    if not days:
        return None
    return last.started_at + timedelta(days=days) if last else timezone.now()


def hold_when_due() -> bool:
    """Starts the drill as a job when its day has come; returns whether it did. Called by the worker."""
    due = next_drill()
    if (
        due is None
        or due > timezone.now()
        or not Copy.objects.filter(version__gt=0).exists()
        or is_under_way(JOB)
    ):
        return False
    failed = Job.objects.filter(since("created_at", timedelta(days=1)), kind=JOB)
    if failed.exists():  # it did not come to a report; a person looks, the next day tries again
        return False
    start(JOB, SYSTEM)
    return True
