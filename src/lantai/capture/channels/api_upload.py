"""Uploads that go on after an interruption: what stands behind the tus 1.0.0 endpoints.

A piece is appended only where the file ends at the very moment of writing (compare and append under
a lock on the file). So no request needs to hold a lock while it waits for its network: of two
requests that send the same piece one goes on, and the other is told where the file ends now.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, NotFound
from lantai.core.ports import Scope, require
from lantai.institutions.api import Organisation

from .. import intake
from ..channel_models import Upload
from ..errors import ChecksumMismatch, Gone, OffsetMismatch, TooLarge

CHECKSUMS = ("sha1", "sha256", "sha512", "sm3")
_PIECE = 2**20


class Readable(Protocol):
    """What pieces are read from: a request's body."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""


class FinishedUpload(UploadedFile):  # type: ignore[type-arg]
    """A finished upload as the door takes files; its bytes stay until the submission stands."""

    def __init__(self, upload: Upload) -> None:
        self.held_path = path_of(upload.id)
        super().__init__(
            self.held_path.open("rb"),
            upload.name,
            str(upload.metadata.get("filetype", "")),
            upload.length_bytes,
        )


def path_of(upload_id: UUID) -> Path:
    """Where an upload's bytes lie."""
    return configuration.home() / "uploads" / str(upload_id)


def offset_of(upload: Upload) -> int:
    """How many bytes are here for good."""
    if upload.submission_id:
        return upload.length_bytes
    with _held(upload) as stream:
        os.fsync(stream.fileno())
        return _end_of(stream)


def create_upload(
    *, agency: Organisation, length_bytes: int, metadata: Mapping[str, str], actor: Actor
) -> Upload:
    """Makes room for a file.

    Raises:
        TooLarge: it is over the limit, or with what the agency has under way over its quota.
        Unavailable: the disk is too full.
    """
    require(actor, "capture.submit", Scope(organisation_id=agency.id), subject=agency.name)
    if length_bytes > configuration.MAX_UPLOAD_BYTES.read():
        raise TooLarge(
            _("文件 %(size)s 字节，超过一次上传的上限。") % {"size": length_bytes},
            remedy=_("请按年度或月份分成几个包，分几次提交。"),
        )
    with transaction.atomic():
        Organisation.objects.select_for_update().get(id=agency.id)  # one at a time counts the quota
        _check_room(agency, length_bytes)
        upload = Upload.objects.create(
            agency=agency,
            actor_id=actor.id,
            length_bytes=length_bytes,
            metadata=dict(metadata),
            created_at=timezone.now(),
            expires_at=_expiry(),
        )
    path = path_of(upload.id)
    path.parent.mkdir(mode=0o750, exist_ok=True)
    path.touch(mode=0o640)
    return upload


def upload_for(actor: Actor, upload_id: UUID) -> Upload:
    """An upload of the actor's own.

    Raises:
        NotFound: there is none, or somebody else sends it.
        Gone: its time is over.
    """
    upload = Upload.objects.select_related("submission").filter(id=upload_id, actor_id=actor.id).first()
    if upload is None or upload.agency_id != actor.organisation_id:
        raise NotFound(_("没有找到这次上传。"), subject=str(upload_id), remedy=_("请重新上传。"))
    if upload.submission_id is None and upload.expires_at <= timezone.now():
        raise Gone(_("这次上传已过期。"), subject=upload.name, remedy=_("请重新上传。"))
    return upload


def append_piece(
    *, upload: Upload, offset: int, source: Readable, checksum: tuple[str, bytes] | None = None
) -> int:
    """Appends what a request carries; what arrived before an interruption stays.

    Args:
        upload: the actor's own.
        offset: where the sender believes the file ends.
        source: the bytes; ends early where the network does.
        checksum: algorithm and digest of the piece; then it is kept whole or not at all.

    Returns:
        where the file ends now.

    Raises:
        OffsetMismatch: the file ends elsewhere, or somebody else went on with it meanwhile.
        ChecksumMismatch: the bytes are not the ones the sender digested.
        TooLarge: more came than was announced.
    """
    if offset != offset_of(upload):
        raise _elsewhere(upload)
    if checksum is None:
        end = _append_all(upload, offset, source)
    else:
        with tempfile.TemporaryFile(dir=path_of(upload.id).parent) as spool:
            _spool(source, spool, upload.length_bytes - offset, *checksum)
            end = _append_all(upload, offset, spool)
    Upload.objects.filter(id=upload.id).update(expires_at=_expiry())
    return end


def terminate(*, upload: Upload) -> None:
    """Gives an upload up and frees its room.

    Raises:
        Conflict: it was handed in.
    """
    if upload.submission_id:
        raise Conflict(_("这次上传已经提交归档，不能取消。"), subject=upload.name)
    upload.delete()
    path_of(upload.id).unlink(missing_ok=True)


def finished_upload(actor: Actor, text: str) -> Upload:
    """The finished upload that a sender hands in.

    Raises:
        NotFound: there is none.
        Conflict: not all of it is here.
    """
    try:
        upload = upload_for(actor, UUID(text.strip()))
    except ValueError:
        raise NotFound(_("没有找到这次上传。"), subject=text, remedy=_("请重新上传。")) from None
    if offset_of(upload) != upload.length_bytes:
        raise Conflict(
            _("文件还没有传完，没有接收。"), subject=upload.name, remedy=_("请接着上传，完成后再提交。")
        )
    return upload


def settle(upload: Upload, submission_id: UUID) -> None:
    """Notes what an upload became, and frees its room; the row answers repeated calls until it expires."""
    Upload.objects.filter(id=upload.id).update(submission_id=submission_id)
    path_of(upload.id).unlink(missing_ok=True)


def sweep_uploads() -> int:
    """Removes expired uploads, and files no upload owns. Returns how many; run by the worker."""
    expired = Upload.objects.filter(expires_at__lte=timezone.now())
    removed, _each = expired.delete()
    folder = path_of(UUID(int=0)).parent
    before_s = (timezone.now() - timedelta(hours=1)).timestamp()
    old = [path for path in folder.iterdir() if path.stat().st_mtime < before_s] if folder.exists() else []
    known = set(map(str, Upload.objects.filter(submission=None).values_list("id", flat=True)))
    for path in old:
        if path.name not in known:
            path.unlink(missing_ok=True)
    return removed


def _check_room(agency: Organisation, length_bytes: int) -> None:
    open_uploads = Upload.objects.filter(submission=None, expires_at__gt=timezone.now())
    own = open_uploads.filter(agency=agency).aggregate(sum=Sum("length_bytes"))["sum"] or 0
    quota = configuration.UPLOAD_QUOTA_BYTES.read()
    if own + length_bytes > quota:
        raise TooLarge(
            _("本单位正在上传的文件合计将超过 %(quota)s 字节的配额。") % {"quota": quota},
            remedy=_("请先提交或取消已经上传的文件。"),
        )
    everybody = open_uploads.aggregate(sum=Sum("length_bytes"))["sum"] or 0
    intake.check_length(length_bytes, promised_bytes=everybody)


def _append_all(upload: Upload, offset: int, source: Readable) -> int:
    path, end = path_of(upload.id), offset
    for piece in _pieces(source):
        if end + len(piece) > upload.length_bytes:
            raise TooLarge(_("传来的内容比声明的长，多出的没有保存。"), subject=upload.name)
        with path.open("r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if _end_of(stream) != end:
                raise _elsewhere(upload)
            stream.seek(end)
            stream.write(piece)
        end += len(piece)
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return end


def _pieces(source: Readable) -> Iterator[bytes]:
    """What can be read; an interruption ends it like an end."""
    while True:
        try:
            piece = source.read(_PIECE)
        except OSError:  # Django's UnreadablePostError too: the sender is gone, what came stays
            return
        if not piece:
            return
        yield piece


def _spool(source: Readable, spool: BinaryIO, room: int, algorithm: str, expected: bytes) -> None:
    digest, size = hashlib.new(algorithm, usedforsecurity=False), 0
    for piece in _pieces(source):
        size += len(piece)
        if size > room:
            raise TooLarge(_("传来的内容比声明的长，没有保存。"))
        digest.update(piece)
        spool.write(piece)
    if digest.digest() != expected:
        raise ChecksumMismatch(_("这一段的摘要不符，没有保存。"), remedy=_("请重发这一段。"))
    spool.seek(0)


@contextmanager
def _held(upload: Upload) -> Iterator[BinaryIO]:
    try:
        stream = path_of(upload.id).open("rb")
    except FileNotFoundError:
        raise Gone(_("这次上传的内容已清除。"), subject=upload.name, remedy=_("请重新上传。")) from None
    with stream:
        yield stream


def _end_of(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size


def _elsewhere(upload: Upload) -> OffsetMismatch:
    return OffsetMismatch(
        _("续传位置与已收到的不一致。"),
        subject=upload.name,
        remedy=_("请先查询已收到的位置，再从那里接着传。"),
    )


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=configuration.UPLOAD_HOURS.read())
