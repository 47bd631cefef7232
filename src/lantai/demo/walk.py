"""The walk down the road: every step does its real work, tells its progress, and may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from lantai.capture.api import PROCESS, Submission, assign_numbers, fix_numbers, receive_package
from lantai.core import jobs
from lantai.core.actors import Actor
from lantai.core.events import deliver_pending
from lantai.core.findings import Outcome
from lantai.core.settings import home
from lantai.inspection.api import Report, awaiting_keys, sign_manual
from lantai.institutions.api import Organisation
from lantai.ledger.api import head, sequence_pending
from lantai.opening.api import candidates, open_due
from lantai.records.api import Fonds, NumberState, OpeningMark, Record, Scheme, State
from lantai.search.api import engine
from lantai.transfer.api import RECEIVE, Handover, accession, prepare, receive, submit
from lantai.vault.api import Copy, audit, declared_stores

from .catalogue import ENTRIES, enter_catalogue, write_catalogue
from .correcting import return_one, send_corrected
from .deskwork import assess_readiness, draft_scopes, lend_one, propose_disposal, seal_volume
from .guide import publish_guides
from .parcels import Parcel, parcels, write_parcels
from .register import register_closed_matters
from .settlement import actor_in, settle
from .volumes import bind_volumes

Told = Callable[[int, int], None]
Step = Callable[["Walk", Told], None]

OPINIONS = {
    "opening": "满二十五年的可以开放；其余到期再审。",
    "disclosure": "主动公开的已在目录中注明。",
    "classification_changes": "本批没有标密文件，无变更。",
}
SCANNED = "演示：在单机上以杀毒软件扫描全部文件，未发现病毒。"
OPENED_FROM_CATALOGUE = 3_000
LEFT_FOR_THE_REVIEWER = 8


@dataclass(slots=True)
class Walk:
    """What is sent down the road, and what the steps hand to each other.

    Attributes:
        parcels: the packages agencies send.
        entries: how many entries of the old catalogue are taken over.
        written: the packages as they lie on the disk, ready to be sent.
    """

    parcels: list[Parcel] = field(default_factory=parcels)
    entries: int = ENTRIES
    written: list[tuple[Parcel, Path]] = field(default_factory=list)


def steps() -> list[tuple[str, Step]]:
    """The recipe: names as people read them, in order."""
    return [
        ("设立地区、机构、人员与全宗", _settle),
        ("排版公文、扫描旧档、写成信息包", _write),
        ("机关送交，四性检测，接收或退回", _capture),
        ("报送办结登记，核对应归未归", _register),
        ("档案室签署待人工确认的检测项", sign_waiting),
        ("整理、立卷、编号、定号", number_captured),
        ("借阅一件，做一次单套制评估", _before_hand_over),
        ("移交进馆，入库三份；退改一件", hand_over_filed),
        ("旧目录 2 万条登记入馆", _enter_catalogue),
        ("巡检三份副本", _audit),
        ("建立检索索引", _index),
        ("开放满 25 年和已主动公开的档案", _open),
        ("编写、审定、公布馆藏指南", _publish_guides),
        ("报批收集范围，制离线卷，到期鉴定", _in_the_archive),
        ("存证排序并签名", _sequence),
    ]


def summary() -> dict[str, Any]:
    """What stands after the walk, counted from the database and the ledger."""
    items = Submission.objects.aggregate(
        accepted=Count("items", filter=Q(items__state="accepted")),
        returned=Count("items", filter=Q(items__state="returned")),
    )
    signed = head()
    return {
        "records_captured": items["accepted"],
        "records_returned": items["returned"],
        "records_stored": Record.objects.filter(state=State.HELD).count(),
        "catalogue_entries": Record.objects.filter(state=State.HELD, documents=None).count(),
        "copies_verified": Copy.objects.filter(state="verified").count(),
        "copies_not_verified": Copy.objects.exclude(state="verified").count(),
        "records_opened": Record.objects.filter(opening_mark=OpeningMark.OPEN).count(),
        "records_indexed": engine().count(),
        "ledger_size": signed.size if signed else 0,
        "ledger_root": bytes(signed.root).hex() if signed else "",
    }


def _settle(_walk: Walk, told: Told) -> None:
    settle(told)


def _write(walk: Walk, told: Told) -> None:
    walk.written = write_parcels(home() / "demo", walk.parcels, told)


def _capture(walk: Walk, told: Told) -> None:
    for place, (parcel, path) in enumerate(walk.written, 1):
        send_package(
            path,
            agency_code=parcel.agency.code,
            key=f"demo-{parcel.key}",
            title=parcel.title,
            described=parcel.described,
        )
        told(place, len(walk.written))


def _register(_walk: Walk, told: Told) -> None:
    while deliver_pending("capture.completeness"):
        pass
    matters = register_closed_matters()
    told(matters, matters)


def send_package(
    path: Path, *, agency_code: str, key: str, title: str, described: Mapping[str, str] | None = None
) -> Submission:
    """An agency's record office sends a package, and it is processed here and now."""
    agency = Organisation.objects.get(code=agency_code)
    actor = actor_in("record_archivist", agency)
    received = receive_package(
        file=path,
        agency=agency,
        channel=Submission.Channel.FOLDER,
        key=key,
        actor=actor,
        title=title,
        described=described,
        enqueue=False,
    )
    if not received.submission.is_finished:
        jobs.run_inline(PROCESS, actor, progress=False, submission_id=str(received.submission.id))
    return received.submission


def sign_waiting(_walk: Walk, told: Told) -> None:
    """Where no virus scanner is at hand a person scans and signs, and the report says so."""
    finished = list(Submission.objects.exclude(report=None).select_related("report", "agency"))
    for place, submission in enumerate(finished, 1):
        if submission.report:
            sign_for(submission.report, actor_in("record_archivist", submission.agency))
        told(place, len(finished))


def number_captured(_walk: Walk, told: Told) -> None:
    """Binds, numbers and fixes whatever was captured, class by class."""
    waiting = list(
        Record.objects.filter(state=State.CAPTURED)
        .exclude(number_state=NumberState.FIXED)
        .exclude(year=None)
        .values_list("scheme_id", "year")
        .distinct()
        .order_by("scheme_id", "year")
    )
    for place, (scheme_id, known_year) in enumerate(waiting, 1):
        year = int(known_year or 0)
        scheme = Scheme.objects.select_related("fonds__creator").get(id=scheme_id)
        actor = actor_in("record_archivist", scheme.fonds.creator)
        bind_volumes(scheme, year, actor)
        assign_numbers(scheme=scheme, year=year, actor=actor)
        fix_numbers(scheme=scheme, year=year, actor=actor)
        told(place, len(waiting))


def _before_hand_over(_walk: Walk, told: Told) -> None:
    _each(told, lend_one, assess_readiness)


def _in_the_archive(_walk: Walk, told: Told) -> None:
    _each(told, draft_scopes, seal_volume, propose_disposal)


def _each(told: Told, *works: Callable[[], None]) -> None:
    for done, work in enumerate(works, 1):
        work()
        told(done, len(works))


def hand_over_filed(_walk: Walk, told: Told) -> None:
    """Every fonds with filed records is handed over, received and stored; one item comes back first."""
    send_filed(lambda done, total: told(done, 2 * total))
    return_one()
    receive_sent(lambda done, total: told(total + done, 2 * total))
    send_corrected(OPINIONS)
    receive_sent(lambda done, total: told(total + done, 2 * total))


def send_filed(told: Told) -> None:
    """The agencies' side of a hand-over: every fonds with filed records is prepared and sent."""
    waiting = list(
        Fonds.objects.filter(records__state=State.FILED).distinct().select_related("creator", "archive")
    )
    for place, fonds in enumerate(waiting, 1):
        sender = actor_in("record_archivist", fonds.creator)
        prepare(fonds=fonds, year_from=1949, year_to=2030, actor=sender, opinions=OPINIONS)
        told(place, len(waiting))
    drafts = list(Handover.objects.filter(state=Handover.State.DRAFT).select_related("agency", "archive"))
    for handover in drafts:
        submit(handover=handover, actor=actor_in("record_archivist", handover.agency))


def receive_sent(told: Told) -> int:
    """The archives' side: whatever was sent is inspected, signed for where a person must, stored.

    Returns:
        How many hand-overs were received.
    """
    unfinished = sent()
    for place, handover in enumerate(unfinished, 1):
        receive_one(handover)
        told(place, len(unfinished))
    return len(unfinished)


def sent() -> list[Handover]:
    """What waits at the archives, or was not received to its end."""
    states = (Handover.State.SUBMITTED, Handover.State.RECEIVING)
    return list(Handover.objects.filter(state__in=states).select_related("agency", "archive"))


def receive_one(handover: Handover) -> None:
    """Receives one hand-over, signing for what a person must look at."""
    receiver = actor_in("receiving_archivist", handover.archive)
    _receive(handover, receiver)
    if handover.report and sign_for(handover.report, receiver):
        _receive(handover, receiver)


def _receive(handover: Handover, receiver: Actor) -> None:
    if handover.state == Handover.State.SUBMITTED:
        receive(handover=handover, actor=receiver, enqueue=False)
    jobs.run_inline(RECEIVE, receiver, progress=False, handover_id=str(handover.id))
    handover.refresh_from_db()


def sign_for(report: Report, actor: Actor) -> int:
    """Signs every check of a report that waits for a person; returns how many."""
    waiting = awaiting_keys(report)
    for key in waiting:
        sign_manual(report=report, key=key, actor=actor, outcome=Outcome.PASS, note=SCANNED)
    return len(waiting)


def _enter_catalogue(walk: Walk, told: Told) -> None:
    path = write_catalogue(home() / "demo", walk.entries)
    fonds = Fonds.objects.select_related("archive").get(code="J001")
    receiver = actor_in("receiving_archivist", fonds.archive)
    enter_catalogue(path, walk.entries, receiver, told)
    entered = Record.objects.filter(fonds=fonds, documents=None).exclude(state=State.HELD)
    accession(
        record_ids=list(entered.values_list("id", flat=True)), archive_id=fonds.archive_id, actor=receiver
    )


def _audit(_walk: Walk, told: Told) -> None:
    stores = declared_stores()
    for place, store in enumerate(stores, 1):
        audit(store.key)
        told(place, len(stores))


def _index(_walk: Walk, told: Told) -> None:
    taken = 0
    while number := deliver_pending():
        taken += number
        told(taken, taken)


def _open(_walk: Walk, told: Told) -> None:
    archives = list(Organisation.objects.filter(kind="archive").order_by("code"))
    for place, archive in enumerate(archives, 1):
        reviewer = actor_in("reviewer", archive)
        chosen = _to_open(archive, reviewer)
        if chosen:
            open_due(record_ids=chosen, note="", actor=reviewer)
        told(place, len(archives))
    while deliver_pending():
        pass


def _to_open(archive: Organisation, reviewer: Actor) -> list[UUID]:
    """What is due with content but for some left to the reviewer, and a share of the old catalogue."""
    due = candidates(reviewer).order_by("date_end", "id")
    with_content = list(due.exclude(documents=None).values_list("id", flat=True).distinct())
    opened = Record.objects.filter(archive=archive, documents=None, opening_mark=OpeningMark.OPEN).count()
    entries = due.filter(documents=None).values_list("id", flat=True)
    return [
        *with_content[: -LEFT_FOR_THE_REVIEWER or None],
        *entries[: max(0, OPENED_FROM_CATALOGUE - opened)],
    ]


def _publish_guides(_walk: Walk, told: Told) -> None:
    publish_guides(told)


def _sequence(_walk: Walk, told: Told) -> None:
    sequence_pending()
    told(1, 1)
