"""Acts of the ledger as a citizen reads them; an act without words is shown by its code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTS = {
    "capture.receive": _("形成单位送来归档"),
    "capture.finish": _("检测完毕，归档"),
    "capture.purge": _("清除不合格的内容"),
    "capture.withdraw_number": _("撤销件号"),
    "inspection.sign": _("签署人工检测"),
    "records.create": _("登记入目录"),
    "records.arrange": _("整理编号"),
    "records.edit": _("修改著录"),
    "transfer.prepare": _("准备移交"),
    "transfer.discard": _("撤销准备"),
    "transfer.submit": _("签章移交给档案馆"),
    "transfer.accept": _("接收检测通过"),
    "transfer.receive": _("档案馆签章接收"),
    "transfer.send_back": _("退回形成单位"),
    "transfer.release_copies": _("副本齐全，移交方清理自存文件"),
    "vault.ingest": _("存入总库：一份使用、两份备份"),
    "vault.add_version": _("总库写入新版本"),
    "vault.find_damage": _("校验发现一份副本损坏"),
    "vault.find_loss": _("校验发现一份副本缺失"),
    "vault.repair": _("用完好的副本修复"),
    "vault.rebuild": _("由总库重建目录"),
    "opening.open": _("审核后开放"),
    "opening.postpone": _("审核后延期开放"),
    "opening.withdraw": _("撤回开放决定"),
}


def told(act: str, count: int = 1) -> str:
    """The act in words; a bulk act says how many records it touched."""
    words = str(ACTS.get(act, act))
    return words if count == 1 else _("%(act)s（同批 %(count)s 件）") % {"act": words, "count": count}
