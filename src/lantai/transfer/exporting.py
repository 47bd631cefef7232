"""A sealed hand-over written out as a package for a carrier (离线移交) or for download.

What the standards leave to 其他/ (交接信息) is put there by us: the register, the three statements,
the sender's reports, and 移交数据.json, which says with the sender's seal what the package holds, so that
another installation takes in the very same records.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from lantai.capture.api import Submission
from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json
from lantai.core.digests import digest_bytes
from lantai.core.errors import Conflict, Invalid, Unavailable
from lantai.core.ports import Scope, require
from lantai.core.seals import public_key, sign
from lantai.core.system_errors import words_of
from lantai.inspection.api import report_json
from lantai.ledger.api import append
from lantai.packages.api import Package, write_package
from lantai.records.api import Document, Scheme, Volume

from .models import Handover
from .pdf import register_pdf
from .register import OPINIONS, as_document
from .sip import open_handover

KINDS = ("dat93", "carrier")
OTHERS = "其他"
DATA_NAME = "移交数据.json"
REGISTER_NAME = "移交与接收登记表"
PACKAGE_PURPOSE = "transfer.package"
SCHEME_FIELDS = (
    "category", "subclasses", "catalogue_number", "name", "year_from", "year_to", "arrangement",
    "code_template", "metadata_template", "number_width",
)  # fmt: skip
VOLUME_FIELDS = (
    "reference_code", "number", "project", "title", "year", "retention", "unit_code", "date_text",
)  # fmt: skip
DOCUMENT_FIELDS = (
    "role", "title", "original_name", "media_type", "puid", "format_name", "page_count", "size_bytes",
    "sha256", "sha512", "sm3",
)  # fmt: skip


def export_handover(*, handover: Handover, target: Path, kind: str, actor: Actor) -> list[str]:
    """Writes a hand-over that was sealed by its sender as a package.

    Args:
        handover: with its register sealed.
        target: folder that must not exist, on the carrier or on its way there.
        kind: ``dat93`` (DA/T 93-2022 B) or ``carrier`` (2012 rules, annex 2).
        actor: who writes it.

    Returns:
        sentences about what the kind cannot carry.

    Raises:
        Forbidden: the actor does not hand over for this agency.
        Conflict: it is not sealed yet, or there is something at the target.
        Invalid: the kind is none of those two.
        Unavailable: the target cannot be written.
    """
    require(actor, "transfer.export", Scope(organisation_id=handover.agency_id), subject=handover.title)
    if kind not in KINDS:
        raise Invalid(_("移交信息包只能写成：%(kinds)s。") % {"kinds": "、".join(KINDS)}, subject=kind)
    if not handover.sender_seal:
        raise Conflict(
            _("这次移交还没有签章，不能导出。"), subject=handover.title, remedy=_("请先签章移交。")
        )
    package = open_handover(handover)
    try:
        lost = write_package(package, target, kind, _lines(handover, kind))
        _write_others(handover, package, target / OTHERS)
    except OSError as error:
        raise Unavailable(
            _("写不进去：%(why)s。") % {"why": words_of(error)},
            subject=str(target),
            remedy=_("请检查载体是否写保护、空间是否够用，再导出一次。"),
        ) from error
    append(
        act="transfer.export",
        actor=actor,
        subject=f"handover:{handover.id}",
        after={"kind": kind, "lost": lost},
    )
    return lost


def _lines(handover: Handover, kind: str) -> dict[str, str]:
    """The lines of 说明文件: what the register says, in the words of each layout."""
    carrier = handover.carrier
    lines = {"移交单位": handover.agency.name, "内容描述": handover.register["description"]}
    if kind == "carrier":
        lines["保管单位"] = handover.archive.name
    if carrier:
        numbers = [number for number in carrier["numbers"].replace("，", "、").split("、") if number.strip()]
        parameter = "离线载体参数" if kind == "dat93" else "载体参数"
        lines |= {parameter: carrier["type"], "载体编号": carrier["numbers"], "载体数量": str(len(numbers))}
    checked_by = handover.register["sender"]["checked_by"]
    return {**lines, "制作单位": handover.agency.name, "检查单位": f"{handover.agency.name}（{checked_by}）"}


def _write_others(handover: Handover, package: Package, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    content = canonical_json(_contents(handover, package))
    sealed = {"seal": sign(PACKAGE_PURPOSE, content).as_dict(), "content": json.loads(content)}
    _write_json(folder / DATA_NAME, sealed)
    _write_json(folder / f"{REGISTER_NAME}.json", {**as_document(handover), "keys": _keys(handover, sealed)})
    (folder / f"{REGISTER_NAME}.pdf").write_bytes(register_pdf(handover))
    for name, label in OPINIONS.items():
        text = f"{label}\r\n\r\n{handover.register['opinions'][name]}\r\n"
        (folder / f"{label}.TXT").write_bytes(text.encode())
    records = handover.items.values("record")
    reports = Submission.objects.filter(items__record__in=records, report__isnull=False).distinct()
    for number, batch in enumerate(reports.select_related("report").order_by("received_at"), 1):
        if batch.report:
            _write_json(folder / f"移交方检测报告{number:02d}.json", report_json(batch.report))


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def _keys(handover: Handover, sealed: dict[str, Any]) -> dict[str, str]:
    """The public keys by which a stranger checks the seals."""
    ids = {seal["key_id"] for seal in (handover.sender_seal, sealed["seal"]) if seal}
    return {key_id: key.pem for key_id in ids if (key := public_key(key_id))}


def _contents(handover: Handover, package: Package) -> dict[str, Any]:
    fonds = handover.fonds
    rows = {row["record_id"]: row for row in _record_rows(handover)}
    schemes = Scheme.objects.filter(records__in=list(rows)).distinct()
    volumes = Volume.objects.filter(records__in=list(rows)).distinct()
    return {
        "handover": str(handover.id),
        "register_sm3": register_digest(handover),
        "agency": {"code": handover.agency.code, "name": handover.agency.name, **_region(handover.agency)},
        "fonds": {"code": fonds.code, "name": fonds.name},
        "schemes": {str(row.id): {name: getattr(row, name) for name in SCHEME_FIELDS} for row in schemes},
        "volumes": {
            str(row.id): {"scheme": str(row.scheme_id)} | {name: getattr(row, name) for name in VOLUME_FIELDS}
            for row in volumes
        },
        "prepared": {"by": handover.prepared_by, "name": handover.prepared_by_name},
        "records": [_record(rows, item, record_id) for item, record_id in zip(package, rows, strict=True)],
    }


def _region(organisation: Any) -> dict[str, str]:
    return {"division_code": organisation.region.division_code, "region": organisation.region.name}


def register_digest(handover: Handover) -> str:
    """SM3 of the register as the sender sealed it."""
    return digest_bytes(canonical_json(handover.register)).sm3


def _record_rows(handover: Handover) -> Iterator[Mapping[str, Any]]:
    """In the order of the catalogue, as the package has them."""
    items = handover.items.filter(returned_at=None).order_by("place")
    rows = items.values(
        "record_id", "place", "record__scheme_id", "record__volume_id", "record__secrecy_period"
    )
    return rows.iterator(chunk_size=2000)


def _record(rows: Mapping[Any, Mapping[str, Any]], item: Any, record_id: Any) -> dict[str, Any]:
    row = rows[record_id]
    documents = Document.objects.filter(record=record_id).order_by("sequence")
    return {
        "id": str(record_id),
        "place": row["place"],
        "scheme": str(row["record__scheme_id"] or ""),
        "volume": str(row["record__volume_id"] or ""),
        "metadata": dict(item.metadata),
        "disclosure": item.extra.get("公开属性", ""),
        "documents": [
            {
                "id": str(document.id),
                "sequence": document.sequence,
                "name_hex": bytes(document.original_name_b).hex(),
                **{name: getattr(document, name) for name in DOCUMENT_FIELDS},
            }
            for document in documents
        ],
    }


def packed(folder: Path) -> IO[bytes]:
    """A written package as one ZIP file without a name, gone when it is closed."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, str(path.relative_to(folder)))
    target.seek(0)
    return target
