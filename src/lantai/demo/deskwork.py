"""What people do beside the road: a loan, a readiness assessment, collecting scopes, a volume, a disposal."""

from __future__ import annotations

import tomllib
from datetime import date
from itertools import chain, islice

from lantai.appraisal.api import Disposal, due, give_opinion, propose
from lantai.capture.api import (
    CollectingScope,
    Loan,
    approve_scope,
    ask_for_loan,
    draft_scope,
    give_back,
    lend,
    read_scope,
    submit_scope,
)
from lantai.core.errors import Invalid
from lantai.institutions.api import Organisation, Person, person_actor
from lantai.records.api import Fonds, Record, State
from lantai.transfer.api import Readiness, answer_items, begin_readiness, conclude_readiness
from lantai.vault.api import OfflineVolume, make_volumes, register_volume, volume_order

from .region import DATA
from .settlement import actor_in

BUREAU = "DYSWJ"
APPROVED, WAITING = "499001", "499002"
"""The archive whose collecting scope is approved, and the one whose waits for the supervisor."""
DISPOSED = 5


def lend_one() -> None:
    """A clerk of the water bureau reads one of its records while the record office still has it."""
    agency = Organisation.objects.get(code=BUREAU)
    record = Record.objects.filter(agency=agency, state=State.FILED).order_by("reference_code").first()
    if record is None or Loan.objects.exists():
        return
    clerk, archivist = actor_in("clerk", agency), actor_in("record_archivist", agency)
    loan = ask_for_loan(
        reference_code=record.reference_code,
        borrower_name=clerk.name,
        borrower_unit="规划建设科",
        purpose=Loan.Purpose.WORK,
        form=Loan.Form.ELECTRONIC,
        days=7,
        actor=clerk,
        note="核对下沙塘闸历年水位资料",
    )
    give_back(loan=lend(loan=loan, actor=archivist), condition="", actor=archivist)


def assess_readiness() -> None:
    """The water bureau assesses whether its business system may keep records in electronic form only."""
    agency = Organisation.objects.get(code=BUREAU)
    if Readiness.objects.filter(agency=agency).exists():
        return
    said = tomllib.loads((DATA / "readiness.toml").read_text(encoding="utf-8"))
    actor = actor_in("record_archivist", agency)
    made = begin_readiness(agency=agency, system=said["system"], scope=said["scope"], actor=actor)
    made = answer_items(assessment=made, answers=said["answers"], actor=actor)
    conclude_readiness(assessment=made, actor=actor)


def draft_scopes() -> None:
    """Two archives draw up what they collect; the supervisor approves one, the other waits."""
    for code in (APPROVED, WAITING):
        archive = Organisation.objects.get(code=code)
        if CollectingScope.objects.filter(archive=archive).exists():
            continue
        actor = actor_in("receiving_archivist", archive)
        table = read_scope(DATA / f"collecting-{code}.csv", archive)
        if table.problems:
            raise Invalid(
                f"名册第 {table.problems[0].row} 行：{table.problems[0].problem}", subject=archive.name
            )
        scope = CollectingScope(
            archive=archive,
            name="收集范围与进馆名册",
            version="2026",
            effective_from=date(2026, 1, 1),
        )
        submit_scope(scope=draft_scope(scope=scope, roster=table.units, actor=actor), actor=actor)
        if code == APPROVED:
            supervisor = actor_in("supervisor", Organisation.objects.get(code="DYDAJ"))
            approve_scope(scope=scope, approval_number="东档审〔2025〕12号", actor=supervisor)


def seal_volume() -> None:
    """The archive writes the water bureau's records onto one disc, and puts it away."""
    fonds = Fonds.objects.select_related("archive").get(creator__code=BUREAU)
    if OfflineVolume.objects.exists():
        return
    keeper = actor_in("preservation_archivist", fonds.archive)
    made = make_volumes(order=volume_order("cd", fonds_id=fonds.id, limit=1), actor=keeper)
    for volume in made.volumes:
        register_volume(
            volume=volume, place="三楼光盘库 2 柜 4 层", site="东屿市档案馆", holder=keeper.name, actor=keeper
        )


def propose_disposal() -> None:
    """Records whose term is over are laid before the appraisal group; one member has spoken."""
    archive = Organisation.objects.get(code=APPROVED)
    keeper = actor_in("preservation_archivist", archive)
    records = list(
        islice(
            chain.from_iterable(part.order_by("reference_code")[:DISPOSED] for part in due(keeper)), DISPOSED
        )
    )
    if not records or Disposal.objects.exists():
        return
    disposal = propose(
        record_ids=[record.id for record in records],
        title="2026 年第一批到期档案鉴定",
        reason="保管期限已满，经检查没有继续保存的凭证和参考价值。",
        actor=keeper,
    )
    member = Person.objects.filter(appointments__role="reviewer", organisation=archive).order_by("id").first()
    if member is not None:
        text = "同意销毁，其中没有涉及民生权益的文件。"
        give_opinion(disposal=disposal, agrees=True, text=text, actor=person_actor(member, via="cli"))
