"""Processing a submission, step by step (job ``capture.process``).

What is accepted and what is returned is decided once and written down; filing then goes by that
plan, in chunks whose records are committed with the mark that they were made. A process killed
at any moment is gone on with by another, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.events import publish
from lantai.core.findings import Finding, Outcome
from lantai.core.jobs import JobRun
from lantai.core.jobs.run import Paused, Superseded
from lantai.inspection.api import (
    ExaminationMemory,
    Inspection,
    ItemReport,
    PackageReport,
    category_of,
    plan_in_force,
    save_report,
    scope_of_agency,
)
from lantai.ledger.api import append
from lantai.packages.api import open_package
from lantai.records.api import create_records, insert_rows, tables_at_rest

from . import intake
from .channels.completing import complete
from .drafting import Filing, plan_filing
from .events import SubmissionFinished
from .holdings import place_files
from .known import KnownRecords, MatterCopies
from .models import Submission, SubmissionItem
from .placing import Placer
from .receipts import sign_receipt
from .workplace import Workplace

FILING_CHUNK = 1_000
"""Records made in one transaction; the volume is synced once before each."""
TOLD_EVERY = 200
"""Items inspected between two words on how far it is."""
STATE = Submission.State
CLASSIFIED = "sec.classified"
DATABASE_COPY = "use.meta.access"
CLASSIFIED_TITLE = "（标有国家秘密标志，内容已清除）"


@dataclass(frozen=True, slots=True)
class Returned:
    """An item that goes back: its inspection, and what placing it found."""

    report: ItemReport
    unplaced: tuple[Finding, ...] = ()


def process_submission(run: JobRun, submission: Submission) -> Submission:
    """Unpacks, inspects, purges what is classified, files the good, returns the bad, signs."""
    if submission.is_finished:
        return submission
    with _told_if_it_stops(submission), tables_at_rest():
        workplace = Workplace(submission)
        _begin(run, submission)
        if submission.report_id is None:
            workplace.unpack()
            _decide(run, submission, workplace)
        workplace.purge()
        _file_accepted(run, submission, workplace)
        _finish(run, submission)
    intake.discard(submission.id)
    return submission


def _begin(run: JobRun, submission: Submission) -> None:
    run.step(_("解包"))
    submission.job, submission.state = run.job, STATE.PROCESSING
    submission.save(update_fields=["job", "state"])


def _decide(run: JobRun, submission: Submission, workplace: Workplace) -> None:
    """Inspects every item and writes down what becomes of it, in one transaction."""
    with open_package(workplace.to_inspect) as package:
        workplace.hold_to(package)
        package.keep_taken_out(workplace.taken_out)
        complete(package, submission, workplace.taken_out)
        held = KnownRecords(submission.agency_id, package).held_as
        plan = plan_in_force(submission.agency.archive_id, "GD", category_of(package))
        matters = MatterCopies(submission.agency_id, package) if DATABASE_COPY in plan.asked else None
        inspection = Inspection(
            package,
            "GD",
            database=matters.copy_of if matters else None,
            held_as=held,
            scope=scope_of_agency(submission.agency_id),
            plan_in_force=plan,
            memory=ExaminationMemory(),
        )
        run.step(_("检测"), package.declaration.items)
        returned: list[Returned] = []
        classified: list[ItemReport] = []
        placer = Placer(submission, package.declaration)
        filings = _filings(run, placer, workplace, inspection, returned, classified)
        files = workplace.write_plan(filings, classified)
        report = without_content(_with_returned(inspection.report(), returned))
    with transaction.atomic():
        _record_decision(run, submission, report, returned, len(classified))
        if classified:
            append(
                act="capture.purge",
                actor=run.actor,
                subject=f"submission:{submission.id}",
                after={"items": [item.item.number for item in classified], "files": files},
                count=len(classified),
            )


def _filings(
    run: JobRun,
    placer: Placer,
    workplace: Workplace,
    inspection: Inspection,
    returned: list[Returned],
    classified: list[ItemReport],
) -> Iterator[Filing]:
    """The filing of each accepted item as it is inspected; the others are noted on the side."""
    submission = placer.submission
    folder = f"holdings/{submission.agency.code}/{submission.id}"
    inspected = 0
    for item in inspection.items():
        inspected += 1
        if inspected % TOLD_EVERY == 0:
            run.advance(TOLD_EVERY)
        if item.classified:
            classified.append(item)
        place = placer.place(item.item) if item.accepted and not item.classified else None
        if place is None or isinstance(place, Finding):
            why = (place,) if isinstance(place, Finding) else ()
            returned.append(Returned(replace(item, accepted=False, files=()), why))
        else:
            yield plan_filing(item, place, workplace.content, folder)
    run.advance(inspected % TOLD_EVERY)


def _with_returned(report: PackageReport, returned: Sequence[Returned]) -> PackageReport:
    """The report as decided: items that could not be placed stand in it as returned too."""
    by_number = {back.report.item.number: back.report for back in returned}
    items = [by_number.pop(item.item.number, item) for item in report.items]
    items += by_number.values()
    items.sort(key=lambda item: item.item.number)
    accepted = report.item_count - len(returned) if report.accepted else 0
    verdict = Outcome.FAIL if returned else report.verdict
    return replace(report, items=items, accepted_count=accepted, verdict=verdict)


def without_content(report: PackageReport) -> PackageReport:
    """The report with nothing in it of what a classified item says, its title included."""
    return replace(
        report,
        items=[_without_content(item) if item.classified else item for item in report.items],
    )


def _without_content(report: ItemReport) -> ItemReport:
    number = report.item.number
    item = replace(
        report.item, metadata={"M22": CLASSIFIED_TITLE}, extra={}, files=(), embedded={}, missing=()
    )
    findings = tuple(
        replace(finding, subject=_("第%(number)s件") % {"number": number}, observed=_("标有国家秘密标志"))
        for finding in report.findings
        if finding.key == CLASSIFIED
    )
    return replace(report, item=item, findings=findings, files=())


def _record_decision(
    run: JobRun,
    submission: Submission,
    report: PackageReport,
    returned: Sequence[Returned],
    purged: int,
) -> None:
    saved = save_report(
        report,
        subject=f"submission:{submission.id}",
        title=submission.title,
        organisation_id=submission.agency_id,
    )
    shown = {item.item.number: item for item in report.items}
    SubmissionItem.objects.bulk_create(
        [
            SubmissionItem(
                submission=submission,
                sequence=back.report.item.number,
                number=shown[back.report.item.number].item.metadata.get("M8", "")[:200],
                title=shown[back.report.item.number].item.title[:2000],
                state=SubmissionItem.State.RETURNED,
                findings=[f.as_dict() for f in (*_reasons(shown[back.report.item.number]), *back.unplaced)],
            )
            for back in returned
        ],
        batch_size=500,
    )
    submission.report = saved
    submission.counts = {
        "items": report.item_count,
        "accepted": report.accepted_count,
        "returned": report.item_count - report.accepted_count,
        "purged": purged,
        "whole_returned": not report.accepted,
        "findings": [f.as_dict() for f in report.findings if f.outcome is Outcome.FAIL],
    }
    submission.save(update_fields=["report", "counts"])
    run.log(_("检测 %(items)s 件，合格 %(accepted)s 件，退回 %(returned)s 件。") % submission.counts)


def _reasons(item: ItemReport) -> list[Finding]:
    """What an item was returned for; what merely awaits a person is told in the report."""
    return [finding for finding in item.findings if finding.outcome is Outcome.FAIL]


def _file_accepted(run: JobRun, submission: Submission, workplace: Workplace) -> None:
    """Makes the records of accepted items; of a package with a fault of its own, returns them all."""
    if submission.counts["whole_returned"]:
        _return_all(run, submission, workplace)
        return
    run.step(_("归档"), submission.counts["accepted"])
    made = set(
        submission.items.filter(state=SubmissionItem.State.ACCEPTED).values_list("sequence", flat=True)
    )
    filings = (filing for filing in workplace.filings() if filing.sequence not in made)
    for chunk in run.chunks(filings, FILING_CHUNK, key=lambda filing: filing.sequence):
        place_files(chunk, workplace.content)
        with run.commit(chunk):
            records = create_records(
                [filing.draft for filing in chunk], run.actor, subject=f"submission:{submission.id}"
            )
            insert_rows(
                [
                    SubmissionItem(
                        submission=submission,
                        sequence=filing.sequence,
                        number=str(filing.draft.metadata.get("M8", ""))[:200],
                        title=record.title[:2000],
                        state=SubmissionItem.State.ACCEPTED,
                        record=record,
                    )
                    for filing, record in zip(chunk, records, strict=True)
                ]
            )


def _return_all(run: JobRun, submission: Submission, workplace: Workplace) -> None:
    run.step(_("整包退回"), submission.counts["items"])
    known = set(submission.items.values_list("sequence", flat=True))
    filings = (filing for filing in workplace.filings() if filing.sequence not in known)
    for chunk in run.chunks(filings, FILING_CHUNK, key=lambda filing: filing.sequence):
        with run.commit(chunk):
            SubmissionItem.objects.bulk_create(
                [
                    SubmissionItem(
                        submission=submission,
                        sequence=filing.sequence,
                        title=filing.draft.title[:2000],
                        state=SubmissionItem.State.RETURNED,
                    )
                    for filing in chunk
                ],
                batch_size=500,
            )


def _finish(run: JobRun, submission: Submission) -> None:
    run.step(_("签发回执"))
    counts = submission.counts
    with transaction.atomic():
        held = Submission.objects.select_for_update(of=("self",)).get(id=submission.id)
        if held.is_finished:
            return
        submission.state = (
            STATE.RETURNED
            if not counts["accepted"]
            else STATE.PARTLY_ACCEPTED
            if counts["returned"]
            else STATE.ACCEPTED
        )
        submission.finished_at = timezone.now()
        submission.receipt = sign_receipt(submission)
        submission.save(update_fields=["state", "finished_at", "receipt"])
        append(
            act="capture.finish",
            actor=run.actor,
            subject=f"submission:{submission.id}",
            after=submission.receipt,
            count=counts["items"],
        )
        publish(
            SubmissionFinished(submission.id, submission.agency_id, counts["accepted"], counts["returned"])
        )


@contextmanager
def _told_if_it_stops(submission: Submission) -> Iterator[None]:
    """A submission whose processing ended in a fault or was cancelled says so; the job has the words."""
    try:
        yield
    except (Paused, Superseded):
        raise
    except Exception:
        Submission.objects.filter(id=submission.id).exclude(state__in=Submission.FINISHED).update(
            state=STATE.FAILED
        )
        raise
