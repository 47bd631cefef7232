"""Long work of the vault as jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.jobs import JobRun, job, start
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.settings import VAULT_RECONCILE_DAYS

from .allotment import allot, is_allotted
from .audit import audit
from .cache import Cache, trim_caches
from .erasure import finish_erasures
from .longterm import jobs as longterm_jobs  # noqa: F401 - its kinds are found through this module
from .models import Copy, Erasure, VaultObject
from .reconciling import Discrepancy, Reconciled, reconcile
from .renewal import jobs as renewal_jobs  # noqa: F401 - its kinds are found through this module
from .repair import repair
from .replication import Replicated, lacking_copies, replicate
from .stores import declared_stores
from .watch import jobs as watch_jobs  # noqa: F401 - its kinds are found through this module
from .watch.incidents import raise_incident
from .watch.lately import is_under_way, last_job
from .watch.models import Incident

_LOGGED = 50
_WAITING = "stale"
"""A copy that replication has still to bring up to date: told, and caught up with by itself."""


@job("vault.audit", title=gettext_noop("校验总库副本"))
def audit_stores(run: JobRun, stores: list[str] | None = None) -> dict[str, Any]:
    """Audits whole stores, one step each."""
    totals: dict[str, Any] = {}
    for facts in declared_stores():
        if stores and facts.key not in stores:
            continue
        run.step(facts.name, total=Copy.objects.filter(store=facts.key).count())
        seen = 0

        def observe(result: Any) -> None:
            nonlocal seen
            run.advance(result.objects_count - seen)
            seen = result.objects_count

        result = audit(facts.key, None, run.actor, observe)
        totals[facts.key] = {
            "objects": result.objects_count,
            "damaged": result.damaged,
            "missing": result.missing,
            "strays": len(result.strays),
        }
    return totals


@job("vault.repair", title=gettext_noop("修复总库副本"))
def repair_stores(run: JobRun) -> dict[str, Any]:
    """Makes every copy that is not good again."""
    run.step(_("修复副本"), total=Copy.objects.exclude(state=Copy.State.VERIFIED).count())
    result = repair(None, None, run.actor, lambda _result: run.advance())
    for loss in result.losses:
        run.log(
            _("无完好副本：%(subject)s：%(files)s")
            % {"subject": loss.subject, "files": "、".join(loss.files) or _("对象清单")}
        )
    for key in result.away:
        run.log(_("存储未就绪，未修复：%(key)s") % {"key": key})
    for path in result.disputed:
        run.log(_("登记与存证不符，未修复，请运行 lantai vault reconcile：%(path)s") % {"path": path})
    return {
        "repaired": result.repaired, "lost": len(result.losses),
        "disputed": len(result.disputed), "away": result.away,
    }  # fmt: skip


@job("vault.replicate", title=gettext_noop("补写副本"))
def replicate_stores(run: JobRun) -> dict[str, Any]:
    """Gives every store what it is to hold and was never given, one step each."""
    totals: dict[str, Any] = {}
    for facts in declared_stores():
        run.step(facts.name, total=lacking_copies(facts.key))
        seen = 0

        def observe(result: Replicated) -> None:
            nonlocal seen
            run.advance(result.copies + result.left - seen)
            seen = result.copies + result.left

        try:
            result = replicate(facts.key, None, run.actor, observe)
        except Unavailable as error:
            run.log(str(error))
            continue
        totals[facts.key] = {"copies": result.copies, "left": result.left}
    return totals


def catch_up() -> None:
    """Starts a replication where a store lacks copies; one that left some is tried again after a day.

    A rule that was changed takes effect here: copies it asks for are added at once.
    """
    changed = not is_allotted()
    if changed:
        allot()
    last = last_job("vault.replicate")
    tried = last is not None and last.created_at > timezone.now() - timedelta(days=1)
    if is_under_way("vault.replicate") or (tried and not changed):
        return
    if any(lacking_copies(facts.key) for facts in declared_stores()):
        start("vault.replicate", SYSTEM)


@job("vault.erase", title=gettext_noop("执行销毁"))
def erase_ordered(run: JobRun) -> dict[str, Any]:
    """Carries out every order to erase that is not finished."""
    run.step(_("销毁"), total=Erasure.objects.filter(finished_at=None).count())
    seen = 0

    def observe(done: int) -> None:
        nonlocal seen
        run.advance(done - seen)
        seen = done

    return {"erased": finish_erasures(run.actor, observe)}


@job("vault.reconcile", title=gettext_noop("总库对账"))
def reconcile_all(run: JobRun) -> dict[str, Any]:
    """Holds database, ledger and stores against each other; what does not agree twice is an incident.

    Twice, because records come in meanwhile: what was under way the first time agrees the second.
    """
    first = _reconcile(run, _("对账"))
    standing = _in_both(first, _reconcile(run, _("再次对账"))) if first.findings else []
    for finding in standing[:_LOGGED]:
        run.log(f"{finding.kind} {finding.store} {finding.subject}：{finding.detail}")
    for store in dict.fromkeys(finding.store for finding in standing if finding.kind != _WAITING):
        told = [finding for finding in standing if finding.store == store and finding.kind != _WAITING]
        detail = "\n".join(f"{finding.subject}：{finding.detail}" for finding in told[:_LOGGED])
        raise_incident(Incident.Kind.DISPUTED, store=store, detail=detail)
    return {"findings": len(standing), "away": first.away}


def _reconcile(run: JobRun, step: str) -> Reconciled:
    run.step(step, total=Copy.objects.count())
    seen = 0

    def observe(result: Reconciled) -> None:
        nonlocal seen
        run.advance(result.objects_count - seen)
        seen = result.objects_count

    return reconcile(run.actor, observe)


def _in_both(first: Reconciled, second: Reconciled) -> list[Discrepancy]:
    known = {(finding.kind, finding.store, finding.subject) for finding in first.findings}
    return [each for each in second.findings if (each.kind, each.store, each.subject) in known]


def reconcile_when_due() -> bool:
    """Starts the reconciliation as a job when its day has come; returns whether it did."""
    days, last = VAULT_RECONCILE_DAYS.read(), last_job("vault.reconcile")
    if not days or is_under_way("vault.reconcile") or not Copy.objects.exists():
        return False
    if last is not None and last.created_at > timezone.now() - timedelta(days=days):
        return False
    start("vault.reconcile", SYSTEM)
    return True


def keep_caches() -> None:
    """Holds the caches to their limit, and clears what a reader fetched while its object was being erased."""
    trim_caches()
    lately = timezone.now() - timedelta(days=1)
    gone = VaultObject.objects.filter(state=VaultObject.State.ERASED, changed_at__gte=lately)
    for path in gone.values_list("object_path", flat=True).iterator():
        for facts in declared_stores():
            for kind in ("objects", "plain"):
                Cache(facts.key).forget(f"{kind}/{path}")


def finish_what_is_ordered() -> None:
    """Takes up orders that a crash or a busy machine left; costs one query when there are none."""
    if Erasure.objects.filter(finished_at=None).exists():
        finish_erasures(SYSTEM)
