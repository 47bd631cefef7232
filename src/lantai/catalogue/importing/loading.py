"""Loading what was checked: a piece of up to 5,000 rows a transaction, so that nothing comes twice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.identifiers import new_id
from lantai.core.jobs import Chunk, JobRun
from lantai.core.language import gettext as _
from lantai.records.api import (
    Common,
    Record,
    State,
    Volume,
    edit_records,
    load_entries,
    load_volumes,
    short_log,
    with_codes,
)

from ..models import Import, ImportPart, ImportProblem
from .findings import count_loaded
from .rows import Ready, ready_in
from .spool import RECORDS, VOLUMES, Piece, Spool

ACT = "catalogue.import"
MERGED_FIELDS = (
    "title",
    "responsible",
    "document_number",
    "date_text",
    "page_count",
    "disclosure",
    "secrecy_period",
)
_CLOSED = (State.HANDING_OVER, State.TRANSFERRED, State.DESTROYED, State.ISOLATED)
_ASKED_AT_ONCE = 500
TOGETHER = 4
"""Pieces a transaction where nobody shares them (SQLite): a page of an index is written once for all."""


def load_import(run: JobRun, batch: Import) -> None:
    """Loads every piece that was not loaded yet; volumes first, since items name them.

    Whoever runs the job and whoever helps call it alike. Pieces are read before their transaction:
    others write meanwhile.
    """
    spool = Spool(batch.id)
    pieces = [*spool.pieces(VOLUMES), *spool.pieces(RECORDS)]
    together = 1 if connection.vendor == "postgresql" else TOGETHER
    all_new = batch.known == Import.Known.REFUSE or not batch.counts.get("known")
    run.step(_("导入，每批 5,000 行"), total=len(pieces))
    with short_log() as after_one:
        for kind in (VOLUMES, RECORDS):
            of_kind = [piece for piece in pieces if piece.name == kind]
            for chunk in run.chunks(
                of_kind, together, lambda piece: f"{piece.name}:{piece.number}", shared=True
            ):
                read = [_read(batch, spool, piece) for piece in chunk]
                try:
                    _load_pieces(run, batch, chunk, read, all_new=all_new)
                except IntegrityError:
                    if not all_new:
                        raise
                    _load_pieces(run, batch, chunk, read, all_new=False)
                after_one()


def _load_pieces(
    run: JobRun, batch: Import, chunk: Chunk[Piece], read: Sequence[_Read], *, all_new: bool
) -> None:
    """Loads pieces in one transaction.

    Args:
        run: the job.
        batch: the import.
        chunk: the pieces.
        read: what they hold.
        all_new: whether no code of theirs is used, as far as is known. Then nobody asks, and should one
            be used meanwhile nothing is loaded. (Going back by a savepoint would cost a fourteenth of the load.)

    Raises:
        IntegrityError: a code is used; nothing was loaded.
    """
    with run.commit(chunk):
        done = [_load_piece(batch, piece, run.actor, all_new=all_new) for piece in read]
        count_loaded(batch, sum(done, Counter()))


class _Read(NamedTuple):
    """The rows of a piece that nothing stops, and the digest of all of them."""

    piece: Piece
    rows: list[Ready]
    digest: str


def _read(batch: Import, spool: Spool, piece: Piece) -> _Read:
    stopped = set(
        ImportProblem.objects.filter(
            batch=batch, stops=True, row__gte=piece.first_row, row__lte=piece.last_row
        ).values_list("row", flat=True)
    )
    raw = spool.raw(piece)
    rows = ready_in(raw)
    if stopped:
        rows = [row for row in rows if row.row not in stopped]
    return _Read(piece, rows, hashlib.sha256(raw).hexdigest())


def _load_piece(batch: Import, read: _Read, actor: Actor, *, all_new: bool) -> Counter[str]:
    piece, rows, digest = read
    part = ImportPart(
        id=new_id(), batch=batch, number=piece.number + (0 if piece.name == VOLUMES else 1_000_000), made_at=timezone.now()
    )  # fmt: skip
    common = Common(
        fonds=batch.fonds,
        state=State.HELD if _held_by_archive(batch) else State.FILED,
        custodian_id=batch.fonds.archive_id if _held_by_archive(batch) else batch.fonds.creator_id,
        created_in=f"import:{part.id}",
        made_at=part.made_at,
    )
    loader = _Loader(batch, part, common, actor, {"import": str(batch.id), "sha256": digest})
    done = loader.volumes(rows) if piece.name == VOLUMES else loader.records(rows, all_new=all_new)
    part.save(force_insert=True)
    return done


def _held_by_archive(batch: Import) -> bool:
    """An agency's own catalogue stays with the agency; everybody else brings holdings of the archive."""
    return batch.organisation_id != batch.fonds.creator_id


class _Loader:
    """Loads the rows of one piece, and notes in its part how to take them back."""

    def __init__(
        self, batch: Import, part: ImportPart, common: Common, actor: Actor, commitment: dict[str, Any]
    ) -> None:
        self.batch = batch
        self.part = part
        self.common = common
        self.actor = actor
        self.commitment = commitment

    def volumes(self, rows: Sequence[Ready]) -> Counter[str]:
        """Volumes whose code is not there yet."""
        standing = self._standing(Volume, [row.reference_code for row in rows])
        fresh = [row for row in rows if row.reference_code not in standing]
        made = load_volumes(
            [_volume(row) for row in fresh], self.common, commitment=self.commitment, actor=self.actor
        )
        self.part.volumes = b"".join(key.bytes for key in made)
        return Counter(volumes=len(made), skipped=len(rows) - len(fresh))

    def records(self, rows: Sequence[Ready], *, all_new: bool) -> Counter[str]:
        """Records; of codes that are used, what the import says becomes of those."""
        above = self._standing(Volume, list({row.above for row in rows if row.above}))
        if all_new:
            return Counter(created=self._create(rows, above))
        known = self._standing(Record, [row.reference_code for row in rows])
        fresh = [row for row in rows if row.reference_code not in known]
        done = Counter(created=self._create(fresh, above))
        met = [(known[row.reference_code], row) for row in rows if row.reference_code in known]
        if self.batch.known == Import.Known.MERGE:
            merged = self._merge(met)
            return done + Counter(merged=merged, skipped=len(met) - merged)
        return done + Counter(skipped=len(met))

    def _create(self, rows: Sequence[Ready], above: dict[str, UUID]) -> int:
        if not rows:
            return 0
        volumes = {code: key.hex for code, key in above.items()}
        entries = [(row[3], volumes.get(row[2]), *row[4:]) for row in rows]
        made = load_entries(entries, self.common, commitment=self.commitment, actor=self.actor)
        self.part.created = b"".join(key.bytes for key in made)
        return len(made)

    def _merge(self, met: Sequence[tuple[UUID, Ready]]) -> int:
        """Updates standing entries with the values the table has; returns how many were open to it."""
        rows = dict(met)
        open_ = Record.objects.filter(id__in=list(rows)).exclude(state__in=_CLOSED)
        edits: dict[UUID, dict[str, Any]] = {}
        for record in open_:
            row = rows[record.id]
            values = {
                name: getattr(row, name)
                for name in MERGED_FIELDS
                if getattr(row, name) and getattr(row, name) != getattr(record, name)
            }
            metadata = {**record.metadata, **json.loads(row.metadata)}
            if metadata != record.metadata:
                values["metadata"] = metadata
            if values:
                edits[record.id] = values
                before = {name: getattr(record, name) for name in values}
                self.part.before.append([str(record.id), before])
        if edits:
            subject = self.common.created_in
            edited = edit_records(edits=edits, act=ACT, subject=subject, actor=self.actor)
            self.part.made_at = max(record.changed_at for record in edited)
        return len(edits)

    def _standing(self, model: type[Record] | type[Volume], codes: Sequence[str]) -> dict[str, UUID]:
        """Keys by code, of the codes that stand."""
        found: dict[str, UUID] = {}
        walk = iter(codes)
        while piece := list(islice(walk, _ASKED_AT_ONCE)):
            rows: QuerySet[Any] = model._default_manager.all()
            rows = with_codes(rows, self.batch.fonds.archive_id, piece)
            found |= dict(rows.values_list("reference_code", "id"))
        return found


def _volume(row: Ready) -> dict[str, Any]:
    return {
        "scheme_id": row.scheme,
        "reference_code": row.reference_code,
        "number": row.number,
        "title": row.title,
        "year": row.year or None,
        "retention": row.retention,
        "unit_code": row.unit_code,
        "date_text": row.date_text,
        "date_start": row.date_start,
        "date_end": row.date_end,
        "date_certainty": row.date_certainty,
    }


def keys_in(blob: bytes | memoryview) -> Iterator[UUID]:
    """The keys a part keeps, 16 bytes each."""
    data = bytes(blob)
    return (UUID(bytes=data[at : at + 16]) for at in range(0, len(data), 16))
