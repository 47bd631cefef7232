"""A hand-over that came on a carrier from another installation, made to stand here (离线接收).

The sender's seals are held against the register and against what the package says of itself; what
does not agree is refused whole, before anything is written. The files are then taken in under the
digests the *sender* sealed: whether they still are those files is for the reception to inspect.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.findings import Outcome
from lantai.core.ports import Scope, require
from lantai.core.seals import PublicKey, Seal, verify_with
from lantai.institutions.api import Organisation
from lantai.ledger.api import append
from lantai.packages.api import Package, PackageItem, open_package
from lantai.records.api import create_records

from .accession import Accession, holdings_of
from .events import HandoverSubmitted
from .exporting import DATA_NAME, OTHERS, PACKAGE_PURPOSE, REGISTER_NAME, register_digest
from .models import Handover, HandoverItem
from .register import PURPOSE, digest_rows
from .sip import STRAYS

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """What the sender sealed: the register and what the package holds, with the keys they were sealed by."""

    register: dict[str, Any]
    sender_seal: dict[str, Any]
    content: dict[str, Any]
    keys: dict[str, str]

    @property
    def handover_id(self) -> UUID:
        """The hand-over's id, the same at both ends."""
        return UUID(self.content["handover"])


def import_handover(*, path: Path, actor: Actor, trusted_key: str = "") -> Handover:
    """Makes a hand-over of a package from another installation; it then waits to be received here.

    Doing it again with the same package answers with the hand-over that stands here already.

    Args:
        path: folder or archive, ``dat93`` or ``carrier``, with the sealed data in 其他/.
        actor: who receives it.
        trusted_key: id of the key the seals must be by; empty takes the key that came along,
            which is noted in the ledger.

    Raises:
        Invalid: it is no such package, a seal does not hold, or package and seal do not agree.
        NotFound: the archive it is addressed to is not of this installation.
        Conflict: another hand-over or other records have its ids or codes.
        Forbidden: the actor does not receive for that archive.
    """
    with open_package(path) as package:
        sent = read_sent(package, path)
        _check_seals(sent, path, trusted_key)
        archive = _archive(sent)
        require(actor, "transfer.receive", Scope(custodian_id=archive.id), subject=archive.name)
        known = Handover.objects.filter(id=sent.handover_id).first()
        if known is not None:
            return _same(known, sent)
        _check_package(package, sent, path)
        return _take_in(package, sent, archive, actor)


def read_sent(package: Package, path: Path) -> Sent:
    """The sealed data of a package.

    Raises:
        Invalid: there is none, or it cannot be understood.
    """
    try:
        folder = next(p for p in (package.root / OTHERS, *package.root.glob(f"*/{OTHERS}")) if p.is_dir())
        data = json.loads((folder / DATA_NAME).read_bytes())
        register = json.loads((folder / f"{REGISTER_NAME}.json").read_bytes())
        sent = Sent(register["register"], register["sender_seal"], data["content"], register["keys"])
        Seal.from_dict(data["seal"])
        sent.content["seal"] = data["seal"]
        UUID(sent.content["handover"])
        return sent
    except (OSError, StopIteration, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            _("包里没有可用的登记表和移交数据（其他/%(name)s）。") % {"name": DATA_NAME},
            subject=str(path),
            remedy=_("请移交单位用 lantai handover export 重新导出；别的系统做的包请从“归档”送检。"),
        ) from error


def _check_seals(sent: Sent, path: Path, trusted_key: str) -> None:
    content = {name: value for name, value in sent.content.items() if name != "seal"}
    sealed = (
        (sent.sender_seal, PURPOSE, canonical_json(sent.register)),
        (sent.content["seal"], PACKAGE_PURPOSE, canonical_json(content)),
    )
    for given, purpose, data in sealed:
        seal = Seal.from_dict(given)
        key = PublicKey.from_pem(sent.keys.get(seal.key_id, ""))
        if key.key_id != seal.key_id or not verify_with(key, seal, purpose, data):
            raise Invalid(
                _("移交单位的印章与内容不符，包在途中被改过。"),
                subject=str(path),
                remedy=_("请不要接收，与移交单位核对后重新取包。"),
            )
    if trusted_key and trusted_key not in {sent.sender_seal["key_id"]}:
        raise Invalid(
            _("登记表不是用约定的密钥签的：%(key)s。") % {"key": sent.sender_seal["key_id"]},
            subject=str(path),
            remedy=_("请向移交单位核对密钥标识。"),
        )


def _archive(sent: Sent) -> Organisation:
    code = sent.register["receiver"]["code"]
    found = Organisation.objects.filter(code=code, kind=Organisation.Kind.ARCHIVE).first()
    if found is None:
        raise Invalid(
            _("这个包是移交给“%(name)s”的，本系统没有这个档案馆。")
            % {"name": sent.register["receiver"]["organisation"]},
            subject=code,
            remedy=_("请核对收件的档案馆；确是本馆的，请先登记该机构代码。"),
        )
    return found


def _same(known: Handover, sent: Sent) -> Handover:
    if canonical_json(known.register) != canonical_json(sent.register) or not known.foreign_keys:
        raise Conflict(
            _("这次移交就在本系统里，不需要导入。"),
            subject=known.title,
            remedy=_("请在“接收”里直接办理。"),
        )
    return known


def _check_package(package: Package, sent: Sent, path: Path) -> None:
    """Holds the package against its own standard and against the sealed data, before anything is written."""
    problems = [
        f"{finding.subject}：{finding.observed}"
        for finding in (*package.findings, *package.structure())
        if finding.outcome is Outcome.FAIL
    ]
    problems += list(_differences(package, sent))
    if problems:
        told = "；".join(problems[:SHOWN])
        raise Invalid(
            _("包与移交单位签章的数据不符，共 %(count)s 处：%(told)s。")
            % {"count": len(problems), "told": told},
            subject=str(path),
            remedy=_("请退回移交单位，重新导出。"),
        )


def _differences(package: Package, sent: Sent) -> Iterator[str]:
    rows = {row["metadata"]["M8"]: row for row in sent.content["records"]}
    came = 0
    for item in package:
        came += 1
        row = rows.get(item.metadata.get("M8", "").strip())
        if row is None:
            yield _("%(item)s不在签章的清单里") % {"item": item.label}
            continue
        for code in ("M22", "M32", "M33", "M12", "M38"):
            if code in item.metadata and _plain(item.metadata[code]) != _plain(row["metadata"].get(code, "")):
                yield f"{item.label} {code} “{item.metadata[code]}”"
        if len(item.files) != len(row["documents"]):
            yield _("%(item)s有 %(came)s 个文件，应有 %(sent)s 个") % {
                "item": item.label, "came": len(item.files), "sent": len(row["documents"]),
            }  # fmt: skip
    if came != len(rows):
        yield _("包里有 %(came)s 件，签章的清单有 %(sent)s 件") % {"came": came, "sent": len(rows)}


def _plain(text: str) -> str:
    return "".join(text.split())


def _take_in(package: Package, sent: Sent, archive: Organisation, actor: Actor) -> Handover:
    """Copies the files, then makes everything in one transaction; a failure leaves nothing."""
    folder = holdings_of(sent.content["agency"]["code"], sent.handover_id)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with transaction.atomic():
            accession = Accession(sent.content, archive, folder)
            handover = _handover(package, sent, accession, archive)
            items = _by_code(package)
            drafts = [accession.draft(row, items[row["metadata"]["M8"]]) for row in sent.content["records"]]
            os.sync()
            create_records(drafts, actor, subject=f"handover:{handover.id}")
            _items(handover, sent)
            _check_digests(handover)
            append(
                act="transfer.import",
                actor=actor,
                subject=f"handover:{handover.id}",
                after={"register_sm3": register_digest(handover), "keys": sorted(sent.keys)},
                count=len(drafts),
            )
            publish(HandoverSubmitted(handover.id, archive.id))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return handover


def _by_code(package: Package) -> Mapping[str, PackageItem]:
    return {item.metadata.get("M8", "").strip(): item for item in package}


def _handover(package: Package, sent: Sent, accession: Accession, archive: Organisation) -> Handover:
    register = sent.register
    return Handover.objects.create(
        id=sent.handover_id,
        agency=accession.agency,
        archive=archive,
        fonds=accession.fonds,
        year_from=register["years"][0],
        year_to=register["years"][1],
        title=register["name"][:400],
        state=Handover.State.SUBMITTED,
        register=register,
        opinions=register["opinions"],
        signature_policy=register["signature_policy"],
        carrier={"type": register["carrier"], "numbers": "", "looks": "", STRAYS: list(package.stray_files)},
        sender_seal=sent.sender_seal,
        foreign_keys=sent.keys,
        prepared_by=sent.content["prepared"]["by"],
        prepared_by_name=sent.content["prepared"]["name"],
        prepared_at=timezone.now(),
        submitted_at=Seal.from_dict(sent.sender_seal).signed_at,
    )


def _items(handover: Handover, sent: Sent) -> None:
    HandoverItem.objects.bulk_create(
        [
            HandoverItem(
                handover=handover,
                place=row["place"],
                record_id=UUID(row["id"]),
                reference_code=row["metadata"]["M8"],
            )
            for row in sent.content["records"]
        ],
        batch_size=500,
    )


def _check_digests(handover: Handover) -> None:
    """The 数字摘要附表 made anew from what came must be the one the sender sealed."""
    if digest_rows(handover) != handover.register["digests"]["rows"]:
        raise Invalid(
            _("登记表的数字摘要附表与包里的文件不一致。"),
            subject=handover.title,
            remedy=_("请退回移交单位，重新导出。"),
        )


def discard_files(handover: Handover) -> None:
    """Removes what was taken in for the reception, once it stands in the vault or went back."""
    shutil.rmtree(
        configuration.home() / "holdings" / handover.agency.code / str(handover.id), ignore_errors=True
    )
