"""What each context has waiting, and for whom. Each function asks the context that owns the figure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.capture import api as capture
from lantai.catalogue import api as catalogue
from lantai.core.actors import Actor
from lantai.core.jobs import Job, JobState
from lantai.inspection import api as inspection
from lantai.institutions.api import ApiKey, Appointment, Grant, Person
from lantai.ledger.api import Entry
from lantai.opening import api as opening
from lantai.records.api import Record, State, readable
from lantai.transfer import api as transfer
from lantai.vault import api as vault

from .waiting import Waiting, count_some, source

SOON = datetime.timedelta(days=30)


@source("clerk", "record_archivist")
def own_submissions(actor: Actor) -> Iterable[Waiting]:
    """What the agency owes, what is being inspected, what is filed."""
    if actor.organisation_id is None:
        return
    standing = capture.standing(actor.organisation_id)
    yield Waiting(standing.owed, _("件"), _("退回待改"), "capture:submissions")
    overdue = capture.owed_by(actor).filter(state=capture.Expectation.State.OVERDUE).count()
    yield Waiting(overdue, _("项"), _("应归未归，已经逾期"), "capture:owed")
    yield Waiting(standing.running, _("批"), _("正在检测"), "capture:submissions", asks=False)
    yield Waiting(standing.filed, _("件"), _("已经归档"), "capture:submissions", asks=False)


@source("record_archivist")
def own_reports_to_sign(actor: Actor) -> Iterable[Waiting]:
    """Inspections of the agency's batches that a person has to finish."""
    yield _to_sign(actor, "GD")


@source("receiving_archivist")
def coming_reports_to_sign(actor: Actor) -> Iterable[Waiting]:
    """Inspections of what is handed over that a person has to finish."""
    yield _to_sign(actor, "YJ")


def _to_sign(actor: Actor, stage: inspection.Stage) -> Waiting:
    count = inspection.reports_to_sign(actor, stage).count()
    return Waiting(count, _("份"), _("检测报告等您签署人工检测"), "inspection:reports")


@source("clerk")
def own_loans(actor: Actor) -> Iterable[Waiting]:
    """What one borrowed and should give back."""
    late = capture.overdue(capture.loans_for(actor)).count()
    if late:
        yield Waiting(late, _("笔"), _("借阅超期，请归还"), "capture:loans")


@source("record_archivist")
def lending(actor: Actor) -> Iterable[Waiting]:
    """Requests to borrow, and what should be back."""
    rows = capture.loans_for(actor)
    asked = rows.filter(state=capture.Loan.State.REQUESTED).count()
    yield Waiting(asked, _("笔"), _("借阅等您批准"), "capture:loans")
    yield Waiting(capture.overdue(rows).count(), _("笔"), _("借出超期未还，要催还"), "capture:loans")


@source("record_archivist")
def due_or_returned(actor: Actor) -> Iterable[Waiting]:
    """What the archive sent back singly, and what is due or overdue at the archive."""
    if actor.organisation_id is None:
        return
    back = transfer.open_corrections(actor.organisation_id).count()
    yield Waiting(back, _("件"), _("档案馆退回，等您更正"), "transfer:corrections")
    plan = transfer.plan(agency_id=actor.organisation_id)
    late = sum(line.records for line in plan if line.standing in {"overdue", "due"})
    yield Waiting(late, _("件"), _("到了移交年限"), "transfer:plan")


@source("receiving_archivist")
def due_to_come(actor: Actor) -> Iterable[Waiting]:
    """What agencies owe this archive by the end of the year."""
    if actor.organisation_id is not None:
        plan = transfer.plan(archive_id=actor.organisation_id)
        late = sum(line.records for line in plan if line.standing == "overdue")
        yield Waiting(late, _("件"), _("过了移交年限还没有来"), "transfer:plan", asks=False)


@source("security_officer")
def isolated(actor: Actor) -> Iterable[Waiting]:
    """Records shut off as classified that nobody has answered for."""
    waiting = transfer.isolations_for(actor).filter(handled_at=None).count()
    yield Waiting(waiting, _("件"), _("涉密隔离，等您处置"), "transfer:isolations")


@source("record_archivist")
def ready_to_go(actor: Actor) -> Iterable[Waiting]:
    """Records whose numbers are fixed and that may be handed over."""
    if actor.organisation_id is None:
        return
    ready = sum(year.records for year in transfer.ready_years(actor.organisation_id))
    yield Waiting(ready, _("件"), _("档号已定，可以移交"), "transfer:handovers")


@source("receiving_archivist")
def to_receive(actor: Actor) -> Iterable[Waiting]:
    """Hand-overs that came and wait to be inspected and received."""
    if actor.organisation_id is not None:
        coming = transfer.waiting_handovers(actor.organisation_id).count()
        yield Waiting(coming, _("批"), _("移交来了，等您检测接收"), "transfer:handovers")


@source("receiving_archivist")
def explanations(actor: Actor) -> Iterable[Waiting]:
    """What agencies say of records that did not come."""
    yield Waiting(
        capture.explanations_for(actor).count(), _("项"), _("未归说明等您审核"), "capture:explanations"
    )


@source("supervisor")
def collecting(actor: Actor) -> Iterable[Waiting]:
    """Collecting scopes that archives sent for consent."""
    waiting = capture.collecting_to_decide(actor).count()
    yield Waiting(waiting, _("版"), _("收集范围等您审核"), "capture:collecting_scopes")


@source("reviewer")
def due_for_review(actor: Actor) -> Iterable[Waiting]:
    """Held records nobody has decided about, and that are due."""
    count, more = count_some(opening.candidates(actor))
    yield Waiting(count, _("件"), _("到期，等您审核能否开放"), "opening:queue", more=more)


@source("preservation_archivist")
def vault_health(_actor: Actor) -> Iterable[Waiting]:
    """Copies that are not whole, copies not looked at yet, and copies found whole."""
    rows = vault.Copy.objects.order_by().values_list("state").annotate(copies=Count("id"))
    counted: dict[str, int] = dict(rows)
    broken = counted.get("damaged", 0) + counted.get("missing", 0)
    yield Waiting(broken, _("份"), _("副本损坏或缺失，要修复"), "vault:health")
    yield Waiting(vault.open_incidents().count(), _("件"), _("总库事件等您处置"), "vault:incidents")
    yield Waiting(counted.get("pending", 0), _("份"), _("副本等第一次校验"), "vault:health", asks=False)
    yield Waiting(counted.get("verified", 0), _("份"), _("副本校验完好"), "vault:health", asks=False)


@source("receiving_archivist", "preservation_archivist", "lookup_desk", "reviewer")
def holdings(actor: Actor) -> Iterable[Waiting]:
    """What the archive holds."""
    count, more = count_some(readable(Record.objects.filter(state=State.HELD), actor))
    yield Waiting(count, _("件"), _("在馆"), "records:list", asks=False, more=more)


@source("receiving_archivist", "preservation_archivist")
def guide(actor: Actor) -> Iterable[Waiting]:
    """Texts of the guide that others wrote."""
    yield Waiting(catalogue.to_approve(actor).count(), _("条"), _("馆藏指南等您审定"), "catalogue:guide_desk")


@source("system_officer")
def machine(_actor: Actor) -> Iterable[Waiting]:
    """Jobs that stopped, and how many accounts are in use."""
    yield Waiting(
        Job.objects.filter(state=JobState.FAILED).count(), _("项"), _("任务没有做完，要查看"), "core:jobs"
    )
    people = Person.objects.filter(active=True).count()
    yield Waiting(people, _("个"), _("账号在用"), "institutions:people", asks=False)


@source("security_officer")
def rights(_actor: Actor) -> Iterable[Waiting]:
    """Reforms to confirm, accounts without a role, grants and keys that end soon."""
    now = timezone.now()
    yield Waiting(catalogue.planned_reforms().count(), _("项"), _("机构改革等您确认"), "catalogue:reforms")
    appointed = Appointment.objects.filter(until__isnull=True) | Appointment.objects.filter(until__gt=now)
    without = Person.objects.filter(active=True).exclude(appointments__in=appointed).count()
    yield Waiting(without, _("个"), _("账号还没有角色"), "institutions:people")
    grants = Grant.objects.filter(until__gt=now, until__lt=now + SOON).count()
    yield Waiting(grants, _("项"), _("授权三十天内到期"), "institutions:people", asks=False)
    keys = ApiKey.objects.filter(
        revoked_at__isnull=True, expires_at__gt=now, expires_at__lt=now + SOON
    ).count()
    yield Waiting(keys, _("把"), _("接口密钥三十天内到期"), "institutions:api_keys", asks=False)


@source("audit_officer")
def todays_acts(_actor: Actor) -> Iterable[Waiting]:
    """How much was done today."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    acts = Entry.objects.filter(at__gte=midnight).count()
    yield Waiting(acts, _("条"), _("存证今天新增"), "institutions:log_reviews", asks=False)
