"""Taking an import back (撤销): one act, whatever its size; what was touched since stays and is told."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from lantai.core.actors import SYSTEM
from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _
from lantai.ledger.api import append
from lantai.records.api import NumberState, Record, Volume, edit_records, unload_entries
from lantai.vault.api import erase

from ..models import Import, ImportPart
from ..tree.growing import grow
from .loading import ACT, keys_in
from .scans import SOURCE as SCANS
from .scans.loading import take_back

UNDO = "catalogue.undo_import"


def undo_import(run: JobRun, batch: Import) -> Counter[str]:
    """Takes back every part, the last first; a part is taken back once, whoever is killed meanwhile."""
    parts = list(batch.parts.filter(undone=False).order_by("-number"))
    run.step(_("撤销，每批 5,000 行"), total=len(parts))
    counts = Counter(batch.counts.get("undone", {}))
    for chunk in run.chunks(parts, size=1):
        with run.commit(chunk):
            counts += _undo_part(batch, chunk[0], run)
            batch.counts = {**batch.counts, "undone": dict(counts)}
            batch.save(update_fields=["counts"])
    grow(batch.fonds_id)
    return counts


def _undo_part(batch: Import, part: ImportPart, run: JobRun) -> Counter[str]:
    if batch.source == SCANS:
        return _close(part, take_back(part), run)
    created = list(keys_in(part.created))
    kept = _in_vault(created)
    gone = unload_entries([key for key in created if key not in kept], made_at=part.made_at)
    erased = _erase(batch, [key for key in created if key in kept], part)
    restored = _restore(part, run)
    volumes = _remove_volumes(part)
    counts = Counter(
        removed=len(gone) + erased,
        restored=restored,
        volumes=volumes,
        stayed=len(created) - len(gone) - erased + len(part.before) - restored,
    )
    return _close(part, counts, run)


def _close(part: ImportPart, counts: Counter[str], run: JobRun) -> Counter[str]:
    part.undone = True
    part.save(update_fields=["undone"])
    count = max(1, counts["removed"] + counts["restored"])
    append(act=UNDO, actor=run.actor, subject=f"import:{part.id}", after=dict(counts), count=count)
    return counts


def _erase(batch: Import, record_ids: list[UUID], part: ImportPart) -> int:
    """Entries that stand in the vault go by its own way of forgetting; their codes are free again."""
    untouched = Record.objects.filter(id__in=record_ids, changed_at=part.made_at, documents=None)
    ids = list(untouched.values_list("id", flat=True))
    if not ids:
        return 0

    def settle() -> None:
        for start in range(0, len(ids), 500):
            Record.objects.filter(id__in=ids[start : start + 500]).update(
                reference_code="", number_state=NumberState.NONE, item_number=None, volume=None
            )

    # The vault's own right is its keepers'; who may undo this import was asked before the job began.
    return len(erase(ids, kind="purge", basis=f"import:{batch.id}", actor=SYSTEM, settle=settle))


def _in_vault(record_ids: list[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for start in range(0, len(record_ids), 500):
        piece = Record.objects.filter(id__in=record_ids[start : start + 500], vault_entry__isnull=False)
        found |= set(piece.values_list("id", flat=True))
    return found


def _restore(part: ImportPart, run: JobRun) -> int:
    """Gives merged entries back what they said before, unless somebody changed them since."""
    before = {UUID(key): values for key, values in part.before}
    untouched = Record.objects.filter(id__in=list(before), changed_at__lte=part.made_at)
    edits = {key: before[key] for key in untouched.values_list("id", flat=True)}
    if edits:
        edit_records(edits=edits, act=ACT, subject=f"import:{part.id}", actor=run.actor)
    return len(edits)


@transaction.atomic
def _remove_volumes(part: ImportPart) -> int:
    """Volumes it made, if nothing lies in them."""
    made = list(keys_in(part.volumes))
    if not made:
        return 0
    grow(part.batch.fonds_id)  # the tree lets go of the records before their volume
    filled = Record.objects.filter(volume_id=OuterRef("id"))
    empty = Volume.objects.filter(~Exists(filled), id__in=made)
    return empty.delete()[1].get("records.Volume", 0)
