"""The five kinds of work that :mod:`lantai.bench.killing` kills, each with what must hold afterwards.

Everything goes through the doors the platform itself uses; what came of it is judged by
:mod:`lantai.bench.wholeness` and by the bytes that were given in.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from typing import Protocol
from uuid import UUID

from lantai.core import jobs
from lantai.core.actors import SYSTEM, Actor
from lantai.vault.api import VaultObject

from .killedcases import Case, Records
from .wholeness import (
    contents,
    leftovers,
    object_folder,
    outside_objects,
    places,
    sha512,
    wrong_copies,
    wrong_objects,
)

CREWED = 70
"""So many records in a batch are written by child processes, too."""
CONSUMER = "bench.killing"
"""Whom the outbox keeps the news of ingested records for, so that they can be counted."""


class Work(Protocol):
    """A kind of work."""

    def prepare(self) -> Case:
        """Makes something to work on."""
        ...

    def work(self, case: Case) -> None:
        """Does it; again after a kill, as the next start would."""
        ...

    def settle(self, case: Case) -> None:
        """Does it again after a kill, and takes note of what it says."""
        ...

    def problems(self, case: Case) -> Iterator[str]:
        """What does not hold after it was done again."""
        ...


class Stored:
    """What every kind of work must leave: every object whole on every store, nothing lying about."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.chance = records.chance

    def settle(self, case: Case) -> None:
        """Takes the work up again."""
        self.work(case)

    def work(self, case: Case) -> None:
        """Left to each kind."""
        raise NotImplementedError

    def problems(self, case: Case) -> Iterator[str]:
        """Files left over, objects not whole, contents that are not what was given in."""
        rows = [row for row in case.rows() if row.object_path not in case.lost]
        yield from leftovers()
        yield from wrong_objects(rows)
        yield from wrong_copies(rows)
        yield from (f"{row.object_path} is lost" for row in rows if row.state == "lost")
        for row in rows:
            missing = case.given.get(row.record_id, set()) if row.record_id and row.state == "held" else set()
            for key in places() if missing else ():
                if missing - contents(object_folder(key, row)):
                    yield f"{key}: {row.object_path} lacks what was given in"


class Ingest(Stored):
    """Batches of records and catalogue entries, then a second version of each."""

    def __init__(self, records: Records) -> None:
        super().__init__(records)
        self._trials = 0

    def prepare(self) -> Case:
        """Two small batches; every fifth time one that the crew writes."""
        self._trials += 1
        first, entries = self.records.batch(3), self.records.batch(2, documents=0)
        many = self.records.batch(CREWED if self._trials % 5 == 0 else 2)
        return Case(
            [*first.batches, [*many.record_ids, *entries.record_ids]],
            {**first.given, **many.given, **entries.given},
        )

    def work(self, case: Case) -> None:
        """Ingests what is not there yet, then writes a second version of each."""
        from lantai.records.api import Record
        from lantai.vault.api import IngestItem, add_version, ingest

        for ids in case.batches:
            ingest([IngestItem(record_id) for record_id in ids], SYSTEM)
        Record.objects.filter(id__in=case.record_ids).update(responsible="云州市人民政府")
        add_version(case.record_ids, SYSTEM, "补充责任者")

    def settle(self, case: Case) -> None:
        """First looks for half a batch, then takes the work up again."""
        stored = {row.record_id for row in case.rows()} | {
            entry for row in case.rows() for entry in row.entries.values_list("record_id", flat=True)
        }
        halves = [ids for ids in case.batches if 0 < len(stored & set(ids)) < len(ids)]
        self._half = [f"half a batch is stored: {len(ids)} records" for ids in halves]
        self._half += [*leftovers(), *wrong_objects(case.rows())]
        super().settle(case)

    def problems(self, case: Case) -> Iterator[str]:
        """Also that each record is told once in the ledger and once in the outbox."""
        yield from self._half
        yield from super().problems(case)
        rows = case.rows()
        entries = [entry for row in rows for entry in row.entries.values_list("record_id", flat=True)]
        stored = [*(row.record_id for row in rows if row.record_id), *entries]
        if sorted(stored) != sorted(case.record_ids):
            yield f"{len(case.record_ids)} records, {len(stored)} stored"
        if told := _told_otherwise_than_once(case.record_ids):
            yield f"told more or less than once: {told}"


def _told_otherwise_than_once(record_ids: Sequence[UUID]) -> list[UUID]:
    """Records that ledger and outbox do not tell of exactly once."""
    from lantai.core.models import OutboxMessage
    from lantai.ledger.api import Entry
    from lantai.records.api import Record

    messages = OutboxMessage.objects.filter(consumer=CONSUMER)
    told = [UUID(key) for message in messages for key in message.payload["record_ids"]]
    counted = sum(Entry.objects.filter(act="vault.ingest").values_list("count", flat=True))
    if counted != Record.objects.filter(id__in=told).count():
        return list(record_ids)
    return [record_id for record_id in record_ids if told.count(record_id) != 1]


class Replication(Stored):
    """A backup that was away is given what it lacks."""

    def prepare(self) -> Case:
        """As if the far backup had been away during the ingest."""
        from lantai.vault.api import Copy

        case = self.records.stored(6)
        for row in case.rows():
            shutil.rmtree(object_folder("backup-far", row))
        Copy.objects.filter(object__in=case.rows(), store="backup-far").update(state="pending", version=0)
        return case

    def work(self, case: Case) -> None:  # noqa: ARG002
        """Replicates to it."""
        from lantai.vault.api import replicate

        replicate("backup-far")


class Repair(Stored):
    """Copies are damaged in every way, on one store, two or all of them, and mended."""

    def __init__(self, records: Records) -> None:
        super().__init__(records)
        self.made = self.found = self.said_lost = 0

    def prepare(self) -> Case:
        """Harms each object on one or two stores, one object on every store, and audits."""
        from lantai.vault.api import Copy, audit

        case = self.records.stored(6)
        harmed = 0
        for place, row in enumerate(case.rows()):
            for key in self.chance.sample(sorted(places()), (len(places()), 1, 2)[min(place, 2)]):
                self._harm(key, row, everywhere=not place)
                harmed += 1
        copies = Copy.objects.filter(object__in=case.rows())
        copies.update(checked_at=None)  # so that these are read first
        found = [path for key in places() for path, _why in audit(key, limit=len(case.rows())).findings]
        mine = {row.object_path for row in case.rows()}
        self.made, self.found = self.made + harmed, self.found + sum(path in mine for path in found)
        case.lost = {row.object_path for row in case.rows() if not _is_anywhere(row)}
        return case

    def _harm(self, key: str, row: VaultObject, *, everywhere: bool) -> None:
        """A flipped bit, a cut, a deletion or a swap; where every copy is harmed, of the same document."""
        folder = object_folder(key, row)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        documents = [path for path in files if "documents" in path.parts]
        path = documents[0] if everywhere else self.chance.choice(files)
        data = path.read_bytes()
        place = self.chance.randrange(len(data))
        match self.chance.randrange(4):
            case 0:
                path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            case 1:
                path.write_bytes(data[:place])
            case 2:
                path.unlink()
            case _:
                path.write_bytes(data[::-1] + b"swapped")

    def work(self, case: Case) -> None:  # noqa: ARG002
        """Repairs everything."""
        from lantai.vault.api import repair

        repair()

    def settle(self, case: Case) -> None:  # noqa: ARG002
        """Takes note of what is said to be lost."""
        from lantai.vault.api import repair

        self._said = {loss.object_path for loss in repair().losses if loss.files}

    def problems(self, case: Case) -> Iterator[str]:
        """Also that what is lost, and only that, is said to be lost; then it is put out of the way."""
        yield from super().problems(case)
        mine = {row.object_path for row in case.rows()}
        if self._said & mine != case.lost:
            yield f"said to be lost: {self._said & mine}, lost: {case.lost}"
        if self.made != self.found:
            yield f"{self.made} copies damaged, {self.found} found"
        self.said_lost += len(self._said & mine)


def _is_anywhere(row: VaultObject) -> bool:
    """Whether every file of an object is still right on some store, by the inventory that is known."""
    folders = [object_folder(key, row) for key in places()]
    names = ("inventory.json", f"v{row.version}/inventory.json")
    good = [
        folder / name for folder in folders for name in names if sha512(folder / name) == row.inventory_sha512
    ]
    if not good:
        return False
    manifest = json.loads(good[0].read_bytes())["manifest"]
    return all(
        any(sha512(folder / path) == digest for folder in folders)
        for digest, paths in manifest.items()
        for path in paths
    )


class Migration(Stored):
    """TIFF images get a rendition beside them, as a second version."""

    def prepare(self) -> Case:
        """Pictures and an approved plan."""
        from lantai.vault.api import approve_migration, propose_migration

        case = self.records.stored(2, documents=1, image=True)
        plan = propose_migration(family="TIFF 图像", converter="tiff", reason="读取软件减少", actor=SYSTEM)
        case.subject = approve_migration(plan_id=plan.id, actor=SYSTEM, start=False)
        return case

    def work(self, case: Case) -> None:
        """Runs the job."""
        jobs.run_inline("vault.migrate", SYSTEM, progress=False, plan_id=str(case.subject.id))

    def problems(self, case: Case) -> Iterator[str]:
        """Also that each picture has one rendition, in a second version, the original beside it."""
        from lantai.records.api import Document

        yield from super().problems(case)
        for row in case.rows():
            made = Document.objects.filter(record=row.record, role="rendition")
            if (row.version, made.count()) != (2, 1):
                yield f"{row.object_path}: version {row.version}, {made.count()} renditions"
            elif not {made[0].sha512} <= contents(object_folder("use", row)):
                yield f"{row.object_path}: the rendition is not in it"


class Disposal(Stored):
    """Records that are approved for destruction and witnessed go from every store; a register is sealed."""

    def prepare(self) -> Case:
        """A box that everybody has signed for: the orders stand, nothing is erased yet."""
        from lantai.appraisal.api import approve, give_opinion, propose, witness

        case = self.records.stored(4, year=1990, retention="D10")
        box = propose(
            record_ids=case.record_ids,
            title="到期档案",
            reason="期满",
            actor=self._in("preservation_archivist"),
        )
        for role in ("reviewer", "receiving_archivist"):
            give_opinion(disposal=box, agrees=True, text="无继续保存价值", actor=self._in(role))
        approve(disposal=box, number="云档批〔2026〕1号", actor=self._in("supervisor"))
        for role in ("reviewer", "receiving_archivist"):
            witness(disposal=box, actor=self._in(role))
        box.refresh_from_db()
        case.subject = box
        return case

    def _in(self, role: str) -> Actor:
        return Actor(f"bench:{role}", role, frozenset({role}), self.records.fonds.archive_id)

    def work(self, case: Case) -> None:  # noqa: ARG002
        """What the worker does."""
        from lantai.appraisal.api import close_what_is_carried_out
        from lantai.vault.api import finish_erasures

        finish_erasures(SYSTEM)
        close_what_is_carried_out()

    def problems(self, case: Case) -> Iterator[str]:
        """Nothing of the content is left anywhere, and one genuine register names every record."""
        from lantai.appraisal.api import is_genuine
        from lantai.ledger.api import Entry

        yield from super().problems(case)
        condemned = set().union(*case.given.values())
        for path in outside_objects():
            if sha512(path) in condemned:
                yield f"content is left in {path}"
        for row in case.rows():
            if row.state != "erased":
                yield f"{row.object_path} is {row.state}"
            for key in places():
                if condemned & contents(object_folder(key, row)):
                    yield f"{key}: content is left in {row.object_path}"
        case.subject.refresh_from_db()
        closed = Entry.objects.filter(act="appraisal.close", subject=f"disposal:{case.subject.id}").count()
        if closed != 1 or not is_genuine(case.subject):
            yield f"the register is closed {closed} times, genuine: {is_genuine(case.subject)}"
        elif len(case.subject.register["records"]) != len(case.record_ids):
            yield "the register does not name every record once"


KINDS: dict[str, type[Stored]] = {
    "ingest": Ingest,
    "replication": Replication,
    "repair": Repair,
    "migration": Migration,
    "disposal": Disposal,
}
