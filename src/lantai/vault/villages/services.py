"""A village's backup: received, checked, taken back, withdrawn."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _
from lantai.core.locks import exclusive
from lantai.core.ports import require
from lantai.core.seals import sign
from lantai.core.settings import VILLAGE_QUOTA_BYTES
from lantai.institutions.api import Organisation, archive_for
from lantai.ledger.api import append

from ..ocfl import Agent
from ..stores import Store, declared_stores
from ..watch.lately import SKEW
from . import keeping, recovering
from .keeping import GivenFile
from .models import VillageBackup

MOST_FILES = 500
CHECK_EVERY = timedelta(days=30)


def villages_for(actor: Actor) -> QuerySet[Organisation]:
    """The villages somebody acts for: the own one, or those below the own town (乡镇、街道)."""
    kinds, own = Organisation.Kind, actor.organisation_id
    acts_for = Q(id=own) | Q(parent=own, parent__kind=kinds.AGENCY)
    return Organisation.objects.filter(acts_for, kind=kinds.VILLAGE, active=True).order_by("code")


def village_of(actor: Actor, code: str = "") -> Organisation:
    """The village somebody sends for.

    Args:
        actor: who sends.
        code: of the village, where a town sends for one of several.

    Raises:
        Invalid: the account acts for no village, for none of that code, or for several and names none.
    """
    villages = villages_for(actor)
    if not villages.exists():
        raise Invalid(_("村社备份只收村和社区的；这个账号不属于任何村、社区或其乡镇。"))
    found = list((villages.filter(code=code) if code else villages)[:2])
    if len(found) != 1:
        raise Invalid(_("请选是哪个村（社区）的备份。"), subject=code)
    return found[0]


def backups_for(actor: Actor) -> QuerySet[VillageBackup]:
    """What somebody may see: a village its own, an archive those it keeps."""
    require(actor, "vault.see_village_backups")
    rows = VillageBackup.objects.select_related("village", "archive")
    return rows.filter(Q(village__in=villages_for(actor)) | Q(archive=actor.organisation_id))


def backup_for(backup_id: UUID, actor: Actor) -> VillageBackup:
    """One of them.

    Raises:
        NotFound: there is none for this reader.
    """
    found = backups_for(actor).filter(id=backup_id).first()
    if found is None:
        raise NotFound(_("没有这份备份。"))
    return found


def room_left(village: Organisation) -> int:
    """Bytes the village may still send."""
    kept = VillageBackup.objects.filter(village=village, state=VillageBackup.State.KEPT)
    return VILLAGE_QUOTA_BYTES.read() - (kept.aggregate(total=Sum("size_bytes"))["total"] or 0)


def receive_backup(
    *, files: Sequence[GivenFile], size_bytes: int, title: str, key: str, actor: Actor, village_code: str = ""
) -> tuple[VillageBackup, bool]:
    """Takes in files of a village, writes them to every store and gives a sealed receipt.

    Args:
        files: what is to be kept, in order.
        size_bytes: what is announced, for the quota.
        title: what it is, in the village's words.
        key: idempotency key.
        actor: who sends it.
        village_code: for which village, where the actor acts for several.

    Returns:
        the backup, and whether it is new.

    Raises:
        Invalid: the actor acts for no village; nothing is sent, or more than the village may.
        Conflict: the same key came with other files.
        Unavailable: no backup store can be written, and one copy alone would be no backup.
    """
    require(actor, "vault.keep_village_backup")
    village = village_of(actor, village_code)
    known = VillageBackup.objects.filter(village=village, key=key).first()
    if known:
        return _again(known, files, title), False
    _require_fit(village, files, size_bytes)
    stores = keeping.apart()
    if len(stores) < 2:
        raise Unavailable(_("备份存储暂不可用，没有接收。"), remedy=_("您的文件没有改动，请稍后再传。"))
    backup = VillageBackup(
        id=new_id(), village=village, archive=archive_for(village), key=key, title=title.strip() or files[0].name,
        received_at=timezone.now(), received_by=actor.id, copies_good=len(stores),
    )  # fmt: skip
    backup.checked_at = backup.received_at
    with recovering.under_way(backup.id):
        return _keep(backup, stores, files, actor), True


def _keep(
    backup: VillageBackup, stores: Sequence[Store], files: Sequence[GivenFile], actor: Actor
) -> VillageBackup:
    """Writes what came to the stores, then its row and its line in the ledger; or nothing of it."""

    def receipt(told: keeping.Told) -> bytes:
        backup.files = [
            {
                "name": name,
                "path": path,
                "size_bytes": found.size_bytes,
                "sha512": found.sha512,
                "sm3": found.sm3,
            }
            for name, path, found in told
        ]
        backup.size_bytes = sum(found.size_bytes for _name, _path, found in told)
        backup.receipt = _receipt(backup, len(stores))
        return canonical_json(backup.receipt)

    agent = Agent(backup.village.name, f"urn:uuid:{backup.village_id}")
    kept = keeping.keep(stores, backup.id, files, receipt, agent, backup.received_at)
    backup.object_path, backup.inventory_sha512 = kept.object_path, kept.inventory_sha512
    try:
        with transaction.atomic():
            backup.save(force_insert=True)
            append(act="vault.keep_village_backup", actor=actor, subject=f"village_backup:{backup.id}",
                   after={"inventory": kept.inventory_sha512, "files": backup.files_count})  # fmt: skip
    except BaseException:
        keeping.drop(stores, kept.object_path, kept.inventory_sha512)
        raise
    return backup


def _again(known: VillageBackup, files: Sequence[GivenFile], title: str) -> VillageBackup:
    names = [file.name for file in files]
    if names != [row["name"] for row in known.files] or (title.strip() and title.strip() != known.title):
        raise Conflict(
            _("同一个标识已用来传过另一份备份。"), subject=known.key, remedy=_("请换一个标识重新上传。")
        )
    return known


def _require_fit(village: Organisation, files: Sequence[GivenFile], size_bytes: int) -> None:
    if not files:
        raise Invalid(_("还没有选文件。"), remedy=_("请选要备份的文件或照片。"))
    if len(files) > MOST_FILES:
        raise Invalid(
            _("一次最多传 %(most)s 个文件。") % {"most": MOST_FILES}, remedy=_("请分几次传，或压缩成一个包。")
        )
    left = room_left(village)
    if size_bytes > left:
        raise Invalid(
            _("超过本村备份空间：还能存 %(left)s MB，这次有 %(size)s MB。")
            % {"left": max(0, left) // 10**6, "size": -(-size_bytes // 10**6)},
            subject=village.name,
            remedy=_("请撤回不再需要的旧备份，或请档案馆增加空间。"),
        )


def _receipt(backup: VillageBackup, copies: int) -> dict[str, Any]:
    """Facts of what was received, and our seal over them."""
    facts = {
        "backup": str(backup.id),
        "village": backup.village.name,
        "village_code": backup.village.code,
        "archive": backup.archive.name,
        "key": backup.key,
        "title": backup.title,
        "received_at": utc_text(backup.received_at),
        "copies": copies,
        "size_bytes": backup.size_bytes,
        "files": [
            {name: row[name] for name in ("name", "path", "size_bytes", "sha512", "sm3")}
            for row in backup.files
        ],
    }
    return {"facts": facts, "seal": sign(recovering.PURPOSE, canonical_json(facts)).as_dict()}


def receipt_holds(backup: VillageBackup) -> bool:
    """Whether the receipt is ours and unchanged."""
    return recovering.is_ours(backup.receipt)


def take_back(*, backup: VillageBackup, actor: Actor) -> IO[bytes]:
    """Everything of a backup as a ZIP, every byte proven; the file goes when it is closed.

    Raises:
        Forbidden: it is not the actor's village's.
        Conflict: it was withdrawn.
        Unavailable: some file is whole on no store that is there now.
    """
    require(actor, "vault.take_back_village_backup")
    if not villages_for(actor).filter(id=backup.village_id).exists():
        raise Forbidden(_("只能取回本村的备份。"))
    _require_kept(backup)
    stores = keeping.apart()
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for number, row in enumerate(backup.files):
                with archive.open(_member(number, row["name"]), "w", force_zip64=True) as member:
                    for piece in keeping.read(stores, backup, number):
                        member.write(piece)
            archive.writestr(keeping.RECEIPT, canonical_json(backup.receipt))
            archive.writestr("SHA512SUMS", _sums(backup))
    except OSError as error:
        target.close()
        raise Unavailable(
            _("这份备份暂时取不完整：%(name)s。") % {"name": error.filename or error},
            subject=backup.title,
            remedy=_("请联系档案馆保管岗，由其核对各份副本后再取。"),
        ) from error
    append(act="vault.take_back_village_backup", actor=actor, subject=f"village_backup:{backup.id}")
    target.seek(0)
    return target


def _sums(backup: VillageBackup) -> str:
    """As ``sha512sum -c`` reads it, so that the village can hold what it took back against what it sent."""
    return "".join(f"{row['sha512']}  {_member(at, row['name'])}\n" for at, row in enumerate(backup.files))


def _member(number: int, name: str) -> str:
    """The name in the ZIP: as it came, numbered, on one line, without a way out of the folder."""
    plain = "".join(
        "_" if character in "/\\" or not character.isprintable() else character for character in name
    )
    return f"{number + 1:04d}-{plain}"


def withdraw(*, backup: VillageBackup, actor: Actor) -> VillageBackup:
    """The village no longer wants it kept: it goes from every store; receipt and ledger line stay.

    Raises:
        Forbidden: it is not the actor's village's.
        Conflict: it was withdrawn already.
        Unavailable: a store is away, so that it could not go from everywhere.
    """
    require(actor, "vault.withdraw_village_backup")
    if not villages_for(actor).filter(id=backup.village_id).exists():
        raise Forbidden(_("只能撤回本村的备份。"))
    _require_kept(backup)
    stores = keeping.apart()
    if len(stores) < len(declared_stores()):
        raise Unavailable(_("有一个存储暂不可用，现在撤回不能删净。"), remedy=_("请稍后再撤回。"))
    with transaction.atomic():
        backup.state = VillageBackup.State.WITHDRAWN
        backup.copies_good = 0
        backup.save(update_fields=["state", "copies_good"])
        append(act="vault.withdraw_village_backup", actor=actor, subject=f"village_backup:{backup.id}")
    keeping.drop(stores, backup.object_path, backup.inventory_sha512)
    return backup


def _require_kept(backup: VillageBackup) -> None:
    if backup.state != VillageBackup.State.KEPT:
        raise Conflict(_("这份备份已撤回，平台不再保存。"), subject=backup.title)


def check_backups(
    actor: Actor = SYSTEM, limit: int | None = None, before: datetime | None = None
) -> dict[str, Any]:
    """Reads kept backups again, those unseen longest first; a bad copy is written anew from a good one.

    Args:
        actor: who asked.
        limit: how many at most.
        before: only those last read before.

    Returns:
        ``checked``, ``mended``, ``lost`` (titles).
    """
    require(actor, "vault.check_village_backups")
    stores = keeping.apart()
    rows = VillageBackup.objects.filter(state=VillageBackup.State.KEPT).order_by(
        F("checked_at").asc(nulls_first=True)
    )
    if before:
        rows = rows.filter(
            Q(checked_at__lt=before) | Q(checked_at=None) | Q(checked_at__gt=timezone.now() + SKEW)
        )
    result: dict[str, Any] = {"checked": 0, "mended": 0, "lost": []}
    for backup in list(rows[:limit]):
        result["checked"] += 1
        good = keeping.good_copies(stores, backup)
        bad = [store for store in stores if store not in good]
        for store in bad if good else ():
            keeping.mend(good[0], store, backup)
            result["mended"] += 1
        lost = not good
        if lost and recovering.was_withdrawn(backup.id):  # an older row, put back
            VillageBackup.objects.filter(id=backup.id).update(
                state=VillageBackup.State.WITHDRAWN, copies_good=0, trouble=""
            )
            continue
        if lost:
            result["lost"].append(f"{backup.village.name} {backup.title}")
        with transaction.atomic():
            backup.checked_at, backup.copies_good = timezone.now(), 0 if lost else len(stores)
            backup.trouble = _("各份副本都不完整") if lost else ""
            backup.save(update_fields=["checked_at", "copies_good", "trouble"])
            if bad:
                append(act="vault.check_village_backups", actor=actor, subject=f"village_backup:{backup.id}",
                       after={"bad": [store.facts.key for store in bad], "lost": lost})  # fmt: skip
    return result


def check_due() -> None:
    """One turn of the worker: what a crash or a lost database left, then a few backups not read for a month."""
    with exclusive("vault.villages") as alone:
        if not alone:
            return
        recovering.discard_left()
        recovering.adopt()
        if VillageBackup.objects.filter(state=VillageBackup.State.KEPT).exists():
            check_backups(limit=20, before=timezone.now() - CHECK_EVERY)
