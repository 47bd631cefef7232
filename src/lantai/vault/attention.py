"""What asks for a hand in the vault, the most pressing first: for whoever has ten seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.ui.api import address_of

from .models import Copy, Drill
from .selectors import StoreHealth, VaultHealth
from .volumes.models import OfflineVolume
from .volumes.selectors import due_for_inspection, due_for_reissue
from .watch.drills import next_drill
from .watch.incidents import open_incidents
from .watch.plans import terms_for, waiting_copies

_RAISED = (Copy.State.DAMAGED, Copy.State.MISSING)


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to be done.

    Attributes:
        words: what it is and what to do.
        url: of the page where it is done; empty where that is not done on a page.
        is_urgent: whether content is in danger.
    """

    words: str
    url: str = ""
    is_urgent: bool = False


def matters(vault: VaultHealth) -> list[Matter]:
    """Everything that asks for a hand now; empty when all is well."""
    return [*_of_content(vault), *_of_stores(vault), *_of_volumes(), *_of_drills()]


def _of_content(vault: VaultHealth) -> Iterator[Matter]:
    if vault.lost:
        told = _("%s 个对象已没有完好副本：从离线卷、移交单位或其他存储取回。") % vault.lost
        yield Matter(told, address_of("vault:incidents"), is_urgent=True)
    broken = Copy.objects.filter(state__in=_RAISED, version__gt=0).count()
    if broken:
        yield Matter(_("%s 份副本损坏或缺失：用完好副本修复。") % broken, "#copies", is_urgent=True)
    if waiting := open_incidents().count():
        yield Matter(_("%s 件总库事件等待写明原因和处置。") % waiting, address_of("vault:incidents"))
    late = sum(rule.late for rule in vault.shortfalls if rule.terms.within_days)
    if late:
        yield Matter(_("%s 个对象已过策略定的备齐期限。") % late, address_of("vault:policies"))
    elif vault.unprotected and not broken:
        told = _("%s 个对象的副本还未写齐或未核验：任务进程会接着补写和核验，也可现在就做。")
        yield Matter(told % vault.unprotected, address_of("vault:policies"))


def _of_stores(vault: VaultHealth) -> Iterator[Matter]:
    for store in vault.stores:
        if store.trouble:
            told = _("“%s”不能使用：请挂载或更换后修复。") % store.facts.name
            yield Matter(told, "#stores", is_urgent=True)
        elif _is_overdue(store):
            told = _("“%s”有副本逾期未校验：请放宽时段或速度。") % store.facts.name
            yield Matter(told, address_of("vault:audits"))


def _is_overdue(store: StoreHealth) -> bool:
    terms, now = terms_for(store.facts.key), timezone.now()
    never_due = Copy.State.PENDING  # what was never written cannot be late to be read
    groups = waiting_copies(store.facts.key, terms, now, part=1)
    return any(group.exclude(state=never_due).exists() for group in groups)


def _of_volumes() -> Iterator[Matter]:
    url = address_of("vault:volumes")
    if damaged := OfflineVolume.objects.filter(state=OfflineVolume.State.DAMAGED).count():
        yield Matter(_("%s 个离线卷有损坏：修复后换发。") % damaged, url, is_urgent=True)
    if due := due_for_inspection().count():
        yield Matter(_("%s 个离线卷到期未读检。") % due, url)
    if again := due_for_reissue().count():
        yield Matter(_("%s 个离线卷含已依法销毁的内容，须换发。") % again, url)


def _of_drills() -> Iterator[Matter]:
    url, last, due = address_of("vault:drills"), Drill.objects.order_by("-started_at").first(), next_drill()
    if last and not last.passed:
        yield Matter(_("上次恢复演练不合格：查看报告。"), url, is_urgent=True)
    elif due and due < timezone.now():
        yield Matter(_("恢复演练到期：任务进程会自动进行，也可现在就做。"), url)
