"""Adding checked scans to their records, and taking them back while the vault does not have them."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.identifiers import new_id
from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _
from lantai.core.settings import home
from lantai.ledger.api import append
from lantai.records.api import Document, DocumentRole, Record, State, insert_rows, tell_changed
from lantai.vault.api import IngestItem, ingest

from ...models import Import, ImportPart
from ..findings import count_loaded
from ..spool import RECORDS, Spool
from .places import forget_holdings, root_of
from .plan import Planned
from .targets import Target, standing

log = structlog.get_logger("lantai.catalogue")
ATTACH = "catalogue.attach"


def load_scans(run: JobRun, batch: Import) -> None:
    """Adds every piece that was not added yet: files first, durably, then their rows.

    Whoever runs the job and whoever helps call it alike; where the scans lie is asked piece by piece,
    because what was unpacked is gone once all are added.
    """
    spool = Spool(batch.id)
    pieces = spool.pieces(RECORDS)
    run.step(_("挂接扫描件，每批 100 件"), total=len(pieces))
    for chunk in run.chunks(pieces, 1, lambda piece: f"{piece.name}:{piece.number}", shared=True):
        planned = [Planned.from_json(told) for told in json.loads(spool.raw(chunk[0]))]
        _place(planned, root_of(batch))
        with run.commit(chunk):
            count_loaded(batch, _attach(batch, chunk[0].number, planned, run.actor))


def _place(planned: Sequence[Planned], root: Path) -> None:
    """Puts files where their documents say; repeating is harmless."""
    for ready in planned:
        for document in ready.documents:
            target = home() / document.values["location"]
            in_pages = document.values["role"] == DocumentRole.PAGE_IMAGES
            (target if in_pages else target.parent).mkdir(parents=True, exist_ok=True)
            for number, source in enumerate(document.sources, 1):
                page = target / f"{number:04d}{Path(source).suffix.lower()}" if in_pages else target
                _copy(root / source, page)
    os.sync()


def _copy(source: Path, target: Path) -> None:
    """A copy, not a link: what lies on somebody's disk may still be changed there."""
    if target.exists():
        return
    partial = target.with_name(f"{target.name}.partial")
    shutil.copyfile(source, partial, follow_symlinks=False)
    partial.rename(target)


def _attach(batch: Import, number: int, planned: Sequence[Planned], actor: Actor) -> Counter[str]:
    """Makes the documents of a piece; entries that have files by now keep them."""
    targets = standing(batch, [ready.code for ready in planned])
    part = ImportPart(id=new_id(), batch=batch, number=number, made_at=timezone.now())
    rows: list[Document] = []
    for ready in planned:
        target = targets.get(ready.code)
        if target is None or target.record_id is None or target.filled or target.closed:
            forget_holdings(batch, [document.values["location"] for document in ready.documents])
            continue
        documents = ready.rows(target.record_id)
        rows += documents
        part.before.append([str(target.record_id), _before(target, documents)])
        if not target.pages:
            Record.objects.filter(id=target.record_id).update(page_count=ready.pages)
    insert_rows(rows)
    ids = [UUID(key) for key, _before in part.before]
    Record.objects.filter(id__in=ids).update(changed_at=part.made_at)
    part.save(force_insert=True)
    if ids:
        append(
            act=ATTACH, actor=actor, subject=f"import:{part.id}", count=len(ids),
            after={"import": str(batch.id), "sha512": [row.sha512 for row in rows]},
        )  # fmt: skip
        tell_changed(ids, "described")
    return Counter(created=len(ids), skipped=len(planned) - len(ids))


def _before(target: Target, documents: Sequence[Document]) -> dict[str, object]:
    return {"page_count": target.pages, "documents": [str(document.id) for document in documents]}


def keep_scans(part: ImportPart) -> int:
    """Has the vault take in what it holds; records still at their agency wait for their transfer."""
    ids = [UUID(key) for key, _before in part.before]
    held = list(Record.objects.filter(id__in=ids, state=State.HELD).values_list("id", flat=True))
    lying = dict(Document.objects.filter(record__in=held).values_list("id", "location"))
    done = ingest([IngestItem(key) for key in held], SYSTEM, note=f"import:{part.id}") if held else None
    moved = Document.objects.filter(id__in=lying, record__in=done.record_ids if done else [])
    forget_holdings(part.batch, [lying[key] for key in moved.values_list("id", flat=True)])
    if done and done.refused:  # they stay at hand, as they came; the vault's finding says why
        log.warning(
            "scans_not_kept", part=str(part.id), refused=[told.finding.observed for told in done.refused[:20]]
        )
    ImportPart.objects.filter(id=part.id).update(kept=True)
    return len(done.record_ids) if done else 0


@transaction.atomic
def take_back(part: ImportPart) -> Counter[str]:
    """Takes the scans of a part off their records, but for those that the vault has or somebody changed."""
    before = {UUID(key): told for key, told in part.before}
    untouched = Record.objects.filter(
        id__in=list(before), changed_at=part.made_at, vault_object=None
    ).values_list("id", flat=True)
    gone: list[UUID] = []
    for record_id in untouched:
        documents = list(Document.objects.filter(record=record_id))
        if {str(document.id) for document in documents} != set(before[record_id]["documents"]):
            continue
        locations = [document.location for document in documents]
        transaction.on_commit(lambda locations=locations: forget_holdings(part.batch, locations))  # type: ignore[misc]
        Document.objects.filter(record=record_id).delete()
        Record.objects.filter(id=record_id).update(page_count=before[record_id]["page_count"])
        gone.append(record_id)
    if gone:
        tell_changed(gone, "described")
    return Counter(removed=len(gone), stayed=len(before) - len(gone))
