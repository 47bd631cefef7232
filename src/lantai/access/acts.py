"""Acts of the ledger as a citizen reads them; an act without words is shown by its code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTS = {
    "capture.receive": _("形成单位送来归档"),
    "capture.accept": _("检测通过，归档"),
    "capture.assign_numbers": _("编定档号"),
    "capture.fix_numbers": _("档号固定"),
    "records.create": _("登记入目录"),
    "records.edit": _("修改著录"),
    "transfer.prepare": _("准备移交"),
    "transfer.submit": _("移交给档案馆"),
    "transfer.receive": _("档案馆接收"),
    "vault.ingest": _("存入总库：一份使用、两份备份"),
    "vault.add_version": _("总库写入新版本"),
    "vault.repair": _("用完好的副本修复"),
    "opening.open": _("审核后开放"),
    "opening.open_records": _("审核后开放"),
    "opening.withdraw": _("撤回开放决定"),
}


def told(act: str, count: int = 1) -> str:
    """The act in words; a bulk act says how many records it touched."""
    words = str(ACTS.get(act, act))
    return words if count == 1 else _("%(act)s（同批 %(count)s 件）") % {"act": words, "count": count}
