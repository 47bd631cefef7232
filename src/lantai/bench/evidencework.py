"""A box destroyed and a disc corrupted, with everything that would bring the one back or lose the other.

Usage: ``python -m lantai.bench.evidencework RECORDS``, on a data folder and a database of its own. The
last line of output is a JSON object: under ``destroyed`` and ``disc`` what was looked at, what was seen,
and whether it holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import django

from lantai.core.actors import SYSTEM, Actor
from lantai.core.digests import digest_file
from lantai.core.language import gettext as _
from lantai.core.settings import home

SPOILED = 0.05
"""Of the disc's bytes, in one stretch and in single sectors."""
SECTOR_BYTES = 2048
_REPORTERS = ("reviewer", "receiving_archivist")


class Trial:
    """The archive, what it was given, and what was seen."""

    def __init__(self, number: int) -> None:
        from .killedcases import Records

        self.records = Records(20261122)
        self.kept = self.records.stored(number)
        self.gone = self.records.stored(number, year=1990, retention="D10")
        self.secret = set().union(*self.gone.given.values())
        self.seen: dict[str, list[dict[str, Any]]] = {"destroyed": [], "disc": []}
        self.steps = 0

    def see(self, of: str, looked_at: str, seen: object, *, holds: bool) -> None:
        """One line of evidence."""
        self.seen[of].append({"looked_at": looked_at, "seen": str(seen), "holds": holds})

    def step(self) -> None:
        """Tells whoever waits how far it is."""
        self.steps += 1
        (home() / "stored").write_text(str(self.steps))

    def by(self, role: str) -> Actor:
        """Somebody of the archive."""
        return Actor(f"bench:{role}", role, frozenset({role}), self.records.fonds.archive_id)

    def holding(self, folder: Path) -> list[str]:
        """Files whose content is of the box."""
        files = (path for path in folder.rglob("*") if path.is_file())
        return [path.name for path in files if digest_file(path).sha512 in self.secret]


def main(number: int) -> dict[str, Any]:
    """Both trials, one after the other, on the same archive."""
    trial = Trial(number)
    trial.step()
    disc = make_disc()
    trial.step()
    before = home() / "away"
    shutil.copytree(home() / "vault" / "backup-far", before)  # the far store as it was before the destruction
    box = destroy(trial)
    trial.step()
    look_at_destruction(trial, box)
    trial.step()
    bring_back_old_store(trial, before)
    trial.step()
    lose_database(trial, box)
    trial.step()
    spoil(trial, disc)
    return trial.seen


def make_disc() -> Any:
    """A sealed volume of everything, as it would be burnt."""
    from lantai.ledger.api import sequence_pending
    from lantai.vault.api import make_volumes, volume_order

    sequence_pending()
    return make_volumes(order=volume_order("bd25", capacity_bytes=16 * 2**20), actor=SYSTEM).volumes[0]


def destroy(trial: Trial) -> Any:
    """List, opinions, approval, two witnesses, erasure, register."""
    from lantai.appraisal.api import approve, close_what_is_carried_out, give_opinion, propose, witness
    from lantai.ledger.api import sequence_pending
    from lantai.vault.api import finish_erasures

    box = propose(
        record_ids=trial.gone.record_ids,
        title=_("到期档案一盒"),
        reason=_("保管期限届满"),
        actor=trial.by("preservation_archivist"),
    )
    for role in _REPORTERS:
        give_opinion(disposal=box, agrees=True, text=_("无继续保存价值"), actor=trial.by(role))
    approve(disposal=box, number="云档批〔2026〕1号", actor=trial.by("supervisor"))
    for role in _REPORTERS:
        witness(disposal=box, actor=trial.by(role))
    finish_erasures(SYSTEM)
    close_what_is_carried_out()
    sequence_pending()
    box.refresh_from_db()
    return box


def look_at_destruction(trial: Trial, box: Any) -> None:
    """The register, the ledger, every byte of every store, and the disc that waits for its next issue."""
    from lantai.appraisal.api import is_genuine
    from lantai.ledger.api import Entry, verify
    from lantai.vault.api import VaultObject, audit, declared_stores, volumes_to_reissue

    rows = len(trial.gone.record_ids)
    named = [row["title"] for row in box.register["records"]]
    trial.see("destroyed", _("销毁清册所列件数"), len(named), holds=len(named) == rows)
    trial.see("destroyed", _("清册签章"), box.seal["key_id"], holds=is_genuine(box))
    witnesses = "、".join(each["name"] for each in box.register["witnesses"])
    trial.see("destroyed", _("监销人"), witnesses, holds=len(box.register["witnesses"]) == 2)
    lines = Entry.objects.filter(act="vault.erase").count()
    trial.see("destroyed", _("存证中的销毁"), lines, holds=lines == rows)
    verified = verify()
    told = "；".join(f"{finding.subject}：{finding.observed}" for finding in verified.findings)
    trial.see("destroyed", _("存证核验"), told, holds=verified.ok)
    states = VaultObject.objects.filter(record__in=trial.gone.record_ids, state="erased").count()
    trial.see("destroyed", _("墓碑"), states, holds=states == rows)
    for facts in declared_stores():
        left = trial.holding(home() / facts.location)
        clean = audit(facts.key, None, SYSTEM).is_clean
        trial.see("destroyed", _("%s 上残留的文件") % facts.name, len(left), holds=not left and clean)
    marked = [volume.number for volume in volumes_to_reissue()]
    trial.see("destroyed", _("待换发的离线卷"), "、".join(marked), holds=len(marked) == 1)


def bring_back_old_store(trial: Trial, before: Path) -> None:
    """A store that was away when the box was destroyed comes back with all its old content."""
    from lantai.vault.api import audit, repair

    far = home() / "vault" / "backup-far"
    shutil.rmtree(far)
    before.rename(far)
    had = len(trial.holding(far))
    audit("backup-far", None, SYSTEM)
    repair(None, None, SYSTEM)
    left = trial.holding(home() / "vault")
    seen = _("回来时有 %(had)s 个，修复后剩 %(left)s 个") % {"had": had, "left": len(left)}
    trial.see("destroyed", _("旧备份重新接上"), seen, holds=had > 0 and not left)


def lose_database(trial: Trial, box: Any) -> None:
    """The database is emptied and made again from one store."""
    from lantai.appraisal.api import Disposal, is_genuine
    from lantai.records.api import Record
    from lantai.vault.api import keep_papers, rebuild

    keep_papers()
    empty_database()
    rebuild("use", SYSTEM)
    states = dict(Record.objects.values_list("id", "state"))
    gone = [states[key] for key in trial.gone.record_ids]
    trial.see("destroyed", _("重建后这一盒的状态"), sorted(set(gone)), holds=set(gone) == {"destroyed"})
    kept = sum(states[key] == "held" for key in trial.kept.record_ids)
    trial.see("destroyed", _("重建后其余在馆"), kept, holds=kept == len(trial.kept.record_ids))
    again = Disposal.objects.get(id=box.id)
    trial.see(
        "destroyed", _("重建后的清册签章"), (again.seal or {}).get("key_id", ""), holds=is_genuine(again)
    )


def empty_database() -> None:
    """The database as it is on the first day: nothing in it, and no trigger that would forbid that."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.close()
        for path in home().glob("lantai.sqlite3*"):
            path.unlink()
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrate()


def migrate() -> None:
    """Makes the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def spoil(trial: Trial, disc: Any) -> None:
    """A twentieth of the disc is overwritten; it is read back, mended, and every byte is as sealed."""
    from lantai.vault.api import check_volume, mend_volume, validate

    folder = home() / disc.location
    image = next(folder.glob("*.tar"))
    sealed = digest_file(image).sha512
    size, chance = image.stat().st_size, random.Random(7)  # noqa: S311
    with image.open("r+b") as file:
        stretch = int(size * SPOILED / 2)
        file.seek(size // 3)
        file.write(os.urandom(stretch))
        for _sector in range(stretch // SECTOR_BYTES // 8):
            file.seek(chance.randrange(size // SECTOR_BYTES) * SECTOR_BYTES)
            file.write(bytes(SECTOR_BYTES))
    trial.step()
    checked = check_volume(image)
    trial.see(
        "disc",
        _("读检发现的坏块"),
        len(checked.damaged),
        holds=bool(checked.damaged) and not checked.beyond_repair,
    )
    mended = mend_volume(image, home() / "mended.tar")
    trial.see("disc", _("复原的块"), mended.restored, holds=not mended.lost)
    trial.step()
    now = digest_file(mended.path).sha512
    trial.see("disc", _("复原后的 SHA-512"), now, holds=now == sealed)
    taken_out = home() / "taken-out"
    shutil.unpack_archive(mended.path, taken_out, "tar", filter="data")
    told = validate(taken_out / "root")
    trial.see("disc", _("卷内存储根按 OCFL 校验"), len(told.errors), holds=told.valid)
    files = {hashlib.sha512(path.read_bytes()).hexdigest() for path in taken_out.rglob("*") if path.is_file()}
    wanted = set().union(*trial.kept.given.values())
    trial.see("disc", _("取回的原文"), len(wanted & files), holds=wanted <= files)
    trial.step()


if __name__ == "__main__":
    django.setup()
    migrate()
    result = main(int(sys.argv[1]))
    sys.stdout.write("\n" + json.dumps(result, ensure_ascii=False) + "\n")
