"""The pages of the vault beside each other: one row of tabs on each."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantai.ui.api import address_of

from .watch.incidents import open_incidents


def vault_tabs(current: str) -> list[tuple[str, str, bool]]:
    """Words, address and whether one is there, for every page this installation has.

    Args:
        current: URL name of the page shown.
    """
    waiting = open_incidents().count()
    pages = [
        ("vault:health", _("概况")),
        ("vault:incidents", _("事件（%s）") % waiting if waiting else _("事件")),
        ("vault:policies", _("副本策略")),
        ("vault:audits", _("校验")),
        ("vault:inspections", _("检测")),
        ("vault:drills", _("演练")),
        ("vault:volumes", _("离线卷")),
        ("vault:village_backups", _("村社备份")),
        ("vault:formats", _("格式")),
    ]
    return [(words, url, name == current) for name, words in pages if (url := address_of(name))]
