"""Use cases of the door: a package is received, tried again, or given up."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import jobs
from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.dates import parse_date
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.identifiers import new_id
from lantai.core.ports import Scope, require
from lantai.institutions.api import Department, Organisation, answers_for
from lantai.ledger.api import append
from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package
from lantai.records.api import propose_retention, retention_term

from . import intake
from .errors import OtherBytes
from .models import Submission

Channel = Submission.Channel
PROCESS = "capture.process"


@dataclass(frozen=True, slots=True)
class Received:
    """A submission, and whether this call made it (false: the same package came before)."""

    submission: Submission
    created: bool


def receive_package(
    *,
    file: UploadedFile[Any] | Path,
    agency: Organisation,
    channel: str,
    key: str,
    actor: Actor,
    title: str = "",
    department: Department | None = None,
    previous: Submission | None = None,
    described: Mapping[str, str] | None = None,
    enqueue: bool = True,
) -> Received:
    """Takes in a package and has it processed; the same key with the same bytes is the same package.

    Args:
        file: an upload, or a file or folder on this machine.
        agency: whose records these are.
        channel: see ``Submission.Channel``.
        key: the sender's idempotency key; empty for none.
        actor: who submits.
        title: what the batch is called; empty means the file's name.
        department: the department it comes from, if one does.
        previous: the submission whose returned items these are.
        described: what the channel says of every item; see :mod:`.channels.completing`.
        enqueue: whether a worker processes it; a caller that says no runs the job itself.

    Raises:
        Forbidden: the actor does not submit for this agency.
        Conflict: the key was used for other bytes.
        Invalid: the file is too large or empty.
        Unavailable: the disk is too full; nothing is left behind.
    """
    scope = Scope(organisation_id=agency.id, department_id=department.id if department else None)
    require(actor, "capture.submit", scope, subject=agency.name)
    _check_previous(previous, agency)
    submission_id = new_id()
    taken = intake.take_in(submission_id, file)
    submission = Submission(
        id=submission_id,
        agency=agency,
        department=department,
        channel=channel,
        idempotency_key=key.strip(),
        title=(title.strip() or PurePath(taken.name).stem)[:400],
        previous=previous,
        described=dict(described or {}),
        package_path=taken.path,
        size_bytes=taken.digests.size_bytes,
        sha256=taken.digests.sha256,
        sm3=taken.digests.sm3,
        submitted_by=actor.id,
        submitted_by_name=actor.name,
        received_at=timezone.now(),
    )
    try:
        return _register(submission, actor, enqueue=enqueue)
    except BaseException:
        intake.discard(submission_id)
        raise


def receive_item(
    *,
    metadata: Mapping[str, Any],
    files: Sequence[UploadedFile[Any]],
    agency: Organisation,
    channel: str,
    key: str,
    actor: Actor,
    department: Department | None = None,
    previous: Submission | None = None,
    enqueue: bool = True,
) -> Received:
    """Takes in one record given as its description and its files, by making a package of it.

    Args:
        metadata: catalogue column names (题名, 责任者, 日期, …) to values.
        files: the document files in order; the first is the body unless a name says otherwise.
        agency: as for :func:`receive_package`, and so are the rest.
        channel: see there.
        key: see there.
        actor: see there.
        department: see there.
        previous: see there.
        enqueue: see there.

    Raises:
        Invalid: there is no file.
    """
    return receive_items(
        items=[(metadata, files)],
        agency=agency,
        channel=channel,
        key=key,
        actor=actor,
        title=str(metadata.get("题名", "")),
        department=department,
        previous=previous,
        enqueue=enqueue,
    )


def receive_items(
    *,
    items: Sequence[tuple[Mapping[str, Any], Sequence[UploadedFile[Any]]]],
    agency: Organisation,
    channel: str,
    key: str,
    actor: Actor,
    title: str = "",
    department: Department | None = None,
    previous: Submission | None = None,
    enqueue: bool = True,
) -> Received:
    """Takes in records given as descriptions with loose files, by making one package of them."""
    if not items or not all(files for _metadata, files in items):
        raise Invalid(_("没有收到文件。"), remedy=_("每一件至少附一个文件。"))
    intake.check_length(sum(file.size or 0 for _metadata, files in items for file in files))
    folder = configuration.home() / "incoming"
    with tempfile.TemporaryDirectory(dir=folder, prefix="items-") as work:
        package = Path(work) / "package"
        write_folder_package(
            package,
            [_item_to_write(Path(work), n, *item) for n, item in enumerate(items, 1)],
            {"移交单位": agency.name},
        )
        return receive_package(
            file=package,
            agency=agency,
            channel=channel,
            key=key,
            actor=actor,
            title=title,
            department=department,
            previous=previous,
            enqueue=enqueue,
        )


def answer_again(submission: Submission, key: str) -> Received:
    """What a repeated call is told whose upload was handed in by the first.

    Raises:
        Conflict: it was handed in under another key.
    """
    if submission.idempotency_key != key.strip():
        raise Conflict(_("这次上传已经用另一个提交标识交过了。"), subject=submission.title)
    return Received(submission, created=False)


def resume(*, submission: Submission, actor: Actor) -> None:
    """Has a submission whose processing stopped go on where it stopped.

    Raises:
        Conflict: it is finished, or its processing runs.
    """
    require(actor, "capture.submit", Scope(organisation_id=submission.agency_id), subject=submission.title)
    if submission.is_finished or submission.job is None or not submission.job.is_resumable:
        raise Conflict(_("这一批没有停下，不需要重新处理。"), subject=submission.title)
    jobs.resume(submission.job, actor)


def sweep_intake() -> int:
    """Removes what was discarded and what killed uploads left in the intake; run by the worker."""
    open_ids = Submission.objects.exclude(state__in=Submission.FINISHED).values_list("id", flat=True)
    return intake.sweep(frozenset(map(str, open_ids)))


def previous_submission(agency: Organisation, text: str) -> Submission | None:
    """The earlier submission that a sender names, empty for none.

    Raises:
        NotFound: the agency has no such submission.
    """
    if not text.strip():
        return None
    try:
        return Submission.objects.get(id=UUID(text.strip()), agency__in=answers_for(agency.id))
    except (ValueError, Submission.DoesNotExist):
        raise NotFound(
            _("本单位没有这个编号的归档批次。"), subject=text, remedy=_("请从退回的那一批打开“改好后再交”。")
        ) from None


def _register(submission: Submission, actor: Actor, *, enqueue: bool) -> Received:
    known = _same_key(submission)
    if known is None:
        try:
            with transaction.atomic():
                submission.save(force_insert=True)
                append(
                    act="capture.receive",
                    actor=actor,
                    subject=f"submission:{submission.id}",
                    after={
                        "sm3": submission.sm3,
                        "size_bytes": submission.size_bytes,
                        "agency": submission.agency.code,
                    },
                )
                if enqueue:
                    title = _("处理归档批次：%s") % submission.title
                    submission.job = jobs.start(PROCESS, actor, title=title, submission_id=str(submission.id))
                    submission.save(update_fields=["job"])
            return Received(submission, created=True)
        except IntegrityError:
            known = _same_key(submission)
            if known is None:
                raise
    if known.sha256 != submission.sha256:
        raise OtherBytes(
            _("这个提交标识（Idempotency-Key）已经用于另一个包，没有接收。"),
            subject=submission.idempotency_key,
            remedy=_("内容改过的包请换一个新的提交标识；要重试同一个包，请保持内容不变。"),
        )
    intake.discard(submission.id)
    return Received(known, created=False)


def _same_key(submission: Submission) -> Submission | None:
    if not submission.idempotency_key:
        return None
    return Submission.objects.filter(
        agency=submission.agency, idempotency_key=submission.idempotency_key
    ).first()


def _check_previous(previous: Submission | None, agency: Organisation) -> None:
    if previous is not None and previous.agency_id != agency.id:
        raise NotFound(_("本单位没有这个编号的归档批次。"), subject=str(previous.id))


def description_of(
    values: Mapping[str, Any], file_name: str, agency: Organisation, department: Department | None
) -> dict[str, str]:
    """Catalogue columns for loose files, from the few things the form asks.

    Args:
        values: what the form was given.
        file_name: of the first file; gives the title where none was written.
        agency: whose schedule proposes the retention term.
        department: the department they come from.
    """
    year = parse_date(values["date"]).end.year
    title = values["title"] if values["together"] else PurePath(file_name).stem
    retention = term_of(values["retention"], title, agency, department)
    columns = {
        "题名": title,
        "责任者": values["responsible"],
        "日期": values["date"],
        "文号": values["document_number"],
        "年度": str(year),
        "保管期限": retention_term(retention).name,
        "密级": values["classification"],
        "机构或问题": department.name if department else "",
        "立档单位名称": agency.name,
    }
    return {name: value for name, value in columns.items() if value}


def term_of(given: str, title: str, agency: Organisation, department: Department | None) -> str:
    """Code of the retention term a clerk gave, else of the one the agency's schedule proposes."""
    if given:
        return given
    proposal = propose_retention(title, agency.id, department_id=department.id if department else None)
    return proposal.term.code if proposal else "D10"


def _item_to_write(
    work: Path, number: int, metadata: Mapping[str, Any], files: Sequence[UploadedFile[Any]]
) -> ItemToWrite:
    """Each item's files lie in a folder of the package named by its number, so that names may repeat."""
    folder = work / str(number)
    folder.mkdir()
    written = []
    for place, upload in enumerate(files):
        source = folder / str(place)
        with source.open("xb") as stream:
            stream.writelines(upload.chunks(2**20))
        name = PurePath((upload.name or "").replace("\\", "/")).name
        written.append(FileToWrite(source, f"{number:04d}/{name}"))
    return ItemToWrite(columns=dict(metadata), files=tuple(written))
