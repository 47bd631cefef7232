"""Making exports: as files for people, by a job; or straight to a path, for the command."""

from __future__ import annotations

import hashlib
import re
import shutil
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.identifiers import new_id
from lantai.core.jobs import start
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.ledger.api import append
from lantai.records.api import Fonds, fonds_scope

from .ead import write_ead
from .entries import Choice, count, entries
from .layouts import TREES, layout_of
from .models import Export
from .tables import Tell, Written, nobody, write_table

EXPORT = "catalogue.export"
KEPT = timedelta(days=30)
"""How long a file stays to be taken away."""
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


def ask_for_export(*, fonds: Fonds, layout: str, choice: Choice, actor: Actor) -> Export:
    """Has a file made of the entries of a fonds.

    Raises:
        Forbidden: the actor does not keep this fonds.
        Invalid: there is no such layout, or the years are in the wrong order.
    """
    require(actor, EXPORT, fonds_scope(fonds), subject=fonds.name)
    suffix = suffix_of(layout)
    choice.check()
    with transaction.atomic():
        made = Export(
            id=new_id(),
            fonds=fonds,
            layout=layout,
            choice=choice.as_dict(),
            file_name=_UNSAFE.sub("_", f"{fonds.code}-{fonds.name}-{timezone.localdate():%Y%m%d}")[:200]
            + suffix,
            made_by=actor.id,
            made_by_name=actor.name,
        )
        made.job_id = start(
            EXPORT, actor, title=_("导出目录：%(name)s") % {"name": fonds.name}, export_id=str(made.id)
        ).id
        made.save(force_insert=True)
    return made


def entries_to_write(export: Export, actor: Actor) -> int:
    """How many entries an export will hold."""
    choice = Choice(**export.choice)
    if export.layout not in TREES:
        choice.levels = layout_of(export.layout)[0].levels
    return count(export.fonds, choice, actor)


def make_export(export: Export, actor: Actor, tell: Tell = nobody) -> Written:
    """Writes the file of an export, ``tell`` hears of every entry; repeating it writes it anew."""
    path = export_path(export)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = write_export(
        fonds=export.fonds, layout=export.layout, choice=Choice(**export.choice), target=path, actor=actor,
        subject=f"export:{export.id}", tell=tell,
    )  # fmt: skip
    with path.open("rb") as file:
        export.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    export.records, export.size_bytes, export.state = written.records, path.stat().st_size, Export.State.READY
    export.save(update_fields=["records", "size_bytes", "sha256", "state"])
    return written


def write_export(
    *,
    fonds: Fonds,
    layout: str,
    choice: Choice,
    target: Path,
    actor: Actor,
    subject: str = "",
    tell: Tell = nobody,
) -> Written:
    """Writes the entries of a fonds to a path; nothing stands there until all is written.

    Args:
        fonds: whose entries.
        layout: ``layout:kind``, a kind alone, ``ead2002`` or ``ead3``.
        choice: which of them.
        target: the file.
        actor: who takes them away; what the actor may not see does not leave.
        subject: of the ledger line; by default the fonds.
        tell: hears of every entry.
    """
    require(actor, EXPORT, fonds_scope(fonds), subject=fonds.name)
    choice.check()
    staged = target.with_name(f".{target.name}.part")
    try:
        if layout in TREES:
            written = write_ead(fonds, choice, actor, layout, staged, tell)
        else:
            shape, kind = layout_of(layout)
            choice.levels = shape.levels
            written = write_table(entries(fonds, choice, actor), shape, kind, staged, tell)
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)
    append(
        act=EXPORT, actor=actor, subject=subject or f"fonds:{fonds.id}", count=max(written.records, 1),
        after={"layout": layout, "choice": choice.as_dict(), "records": written.records},
    )  # fmt: skip
    return written


def export_path(export: Export) -> Path:
    """Where its file lies."""
    return home() / "exports" / str(export.id) / export.file_name


def ready_file(export: Export) -> Path:
    """Its file, to be taken away.

    Raises:
        NotFound: it is not made yet, or was swept away.
    """
    path = export_path(export)
    if export.state != Export.State.READY or not path.is_file():
        raise NotFound(
            _("这个文件还没有生成，或者已过保留期。"), subject=export.file_name, remedy=_("请重新导出。")
        )
    return path


def sweep_exports() -> int:
    """Removes files nobody needs any more; returns how many."""
    old = list(Export.objects.filter(made_at__lt=timezone.now() - KEPT))
    for export in old:
        shutil.rmtree(export_path(export).parent, ignore_errors=True)
        export.delete()
    return len(old)


def suffix_of(layout: str) -> str:
    """How files of a layout end.

    Raises:
        Invalid: there is no such layout.
    """
    return ".xml" if layout in TREES else f".{layout_of(layout)[1]}"
