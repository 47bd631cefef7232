"""The signed protocol of a migration (迁移核对书): a reconciliation somebody vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantai.core import seals
from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.core.seals import Seal
from lantai.ledger.api import append
from lantai.records.api import Fonds, fonds_scope

from ..fonds.filing import Described, collect_paper
from ..fonds.printing import sheet_pdf
from .models import MigrationProtocol
from .reconciling import remark

SIGN = "catalogue.sign_protocol"
PURPOSE = "catalogue.migration"


def sign_protocol(*, fonds: Fonds, report: Mapping[str, Any], actor: Actor) -> MigrationProtocol:
    """Seals a report as it stands, agreeing or not, and files it with the fonds.

    Raises:
        Forbidden: the actor does not keep this fonds.
    """
    require(actor, SIGN, fonds_scope(fonds), subject=fonds.name)
    with transaction.atomic():
        made = MigrationProtocol.objects.create(
            fonds=fonds,
            source_name=report["file"][:255],
            source_sha256=report["sha256"],
            report=dict(report),
            seal=seals.sign(PURPOSE, canonical_json(dict(report))).as_dict(),
            signed_by=actor.id,
            signed_by_name=actor.name,
        )
        append(
            act=SIGN,
            actor=actor,
            subject=f"protocol:{made.id}",
            after={"report": made.report, "seal": made.seal},
        )
        collect_paper(
            fonds_id=fonds.id, kind="migration", source=f"protocol:{made.id}", content=protocol_pdf(made), actor=actor,
            described=Described(
                _("迁移核对书：%(name)s") % {"name": made.source_name}, timezone.localdate(), fonds.archive.name
            ),
        )  # fmt: skip
    return made


def is_genuine(protocol: MigrationProtocol) -> bool:
    """Whether the report is, byte for byte, what was sealed."""
    return seals.verify(Seal.from_dict(protocol.seal), PURPOSE, canonical_json(protocol.report))


def protocol_pdf(protocol: MigrationProtocol) -> bytes:
    """The protocol on paper, with the seal's signature in text."""
    report, seal = protocol.report, protocol.seal
    rows = [[_("条数"), "", str(report["source"]["rows"]), str(report["here"]["rows"])]]
    rows += [[_("页数"), "", str(report["source"]["pages"]), str(report["here"]["pages"])]]
    for name, title in (("by_year", _("年度")), ("by_category", _("门类")), ("by_retention", _("保管期限"))):
        both = sorted({*report["source"][name], *report["here"][name]})
        rows += [
            [
                title,
                key or "—",
                str(report["source"][name].get(key, 0)),
                str(report["here"][name].get(key, 0)),
            ]
            for key in both
        ]
    return sheet_pdf(
        title=_("数据迁移核对书"),
        issuer=protocol.fonds.archive.name,
        facts=[
            (_("全宗"), str(protocol.fonds)),
            (_("源文件"), f"{report['file']} {report['table']}"),
            ("SHA-256", report["sha256"]),
            (_("结论"), remark(report)),
            (_("缺少的档号"), "、".join(report["examples"]["missing"]) or "—"),
            (_("多出的档号"), "、".join(report["examples"]["extra"]) or "—"),
            (_("核对人"), f"{protocol.signed_by_name} {protocol.signed_at:%Y-%m-%d}"),
        ],
        columns=[_("项目"), _("值"), _("源系统"), _("本系统")],
        rows=rows,
        closing=f"{seal['algorithm']} {seal['signed_at']} {seal['signature_b64']}",
    )  # fmt: skip
