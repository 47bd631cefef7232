"""What was appraised lies in the files of its fonds (全宗卷): the opinions, and the 销毁清册 in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.utils import timezone

from lantai.catalogue.api import Described, collect_paper, sheet_pdf
from lantai.core.language import gettext as _
from lantai.records.api import Fonds, retention_term

from .events import DisposalDecided
from .models import Disposal, DisposalItem
from .register import register_pdf


def file_what_was_decided(events: Sequence[DisposalDecided]) -> None:
    """Files the papers of each disposal with every fonds it touched, once.

    Of a purge the register alone is kept: what the others say might tell of the content.
    """
    wanted = {event.disposal_id for event in events}
    rows = Disposal.objects.filter(id__in=wanted).select_related("organisation")
    for disposal in rows.prefetch_related("opinions"):
        fonds = Fonds.objects.filter(records__disposal_items__disposal=disposal).distinct()
        if disposal.kind == Disposal.Kind.DISPOSAL and disposal.decided_at is not None:
            _collect(disposal, fonds, "disposal_opinions", _("鉴定意见书"), _opinions_pdf)
        if disposal.register:
            gone = disposal.items.filter(outcome=DisposalItem.Outcome.DESTROY)
            listed = Fonds.objects.filter(records__disposal_items__in=gone).distinct()
            _collect(disposal, listed, "disposal_register", _("档案销毁清册"), register_pdf)


def _collect(
    disposal: Disposal,
    fonds: Iterable[Fonds],
    kind: str,
    name: str,
    printed: Callable[[Disposal, Fonds], bytes],
) -> None:
    on = disposal.finished_at if kind == "disposal_register" else disposal.decided_at
    for row in fonds:
        collect_paper(
            fonds_id=row.id, kind=kind, source=f"disposal:{disposal.id}",
            described=Described(
                f"{disposal.title}：{name}", timezone.localdate(on), disposal.organisation.name
            ),
            content=printed(disposal, row),
        )  # fmt: skip


def _opinions_pdf(disposal: Disposal, fonds: Fonds) -> bytes:
    """Only what lies in the fonds: who keeps its file need not know of the others."""
    items = disposal.items.filter(record__fonds=fonds).select_related("record")
    items = items.order_by("record__reference_code", "record_id")
    return sheet_pdf(
        title=_("鉴定意见书"),
        issuer=disposal.organisation.name,
        facts=[
            (_("名称"), disposal.title),
            (_("理由"), disposal.reason),
            (_("提出"), disposal.proposed_by_name),
            *((row.member_name, f"{_('同意') if row.agrees else _('不同意')}：{row.text}") for row in disposal.opinions.all()),
            (_("批准"), f"{disposal.decided_by_name} {disposal.approval_number}".strip()),
            (_("不批准的理由"), disposal.refused_for or "—"),
        ],
        columns=[_("档号"), _("题名"), _("鉴定结果"), _("新的保管期限"), _("说明")],
        rows=[_line(item) for item in items],
    )  # fmt: skip


def _line(item: DisposalItem) -> list[str]:
    return [
        item.record.reference_code,
        item.record.title,
        str(item.get_outcome_display()),
        retention_term(item.retention).name if item.retention else "",
        item.note,
    ]
