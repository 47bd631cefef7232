"""What capture holds of a record that is to be erased (``core.ports.Eraser``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from lantai.core.language import gettext as _
from lantai.core.settings import home
from lantai.records.api import Document

from .arrangement_models import GridChange, Overruling
from .channels.mail_models import MailMessage
from .holdings import held_paths
from .intake import package_folders
from .models import Submission, SubmissionItem


class CaptureEraser:
    """The agency's own copies, and the packages in which the records came."""

    def files(self, record_ids: Sequence[UUID]) -> Iterable[str]:
        """A package goes whole: what else it brought stands in copies of its own by now."""
        root = home()
        for path in held_paths(record_ids):
            if path.exists():
                yield path.relative_to(root).as_posix()
        came_in = Submission.objects.filter(items__record__in=record_ids).distinct()
        for submission_id in came_in.values_list("id", flat=True):
            for folder in package_folders(submission_id):
                yield folder.relative_to(root).as_posix()
        documents = Document.objects.filter(record__in=record_ids)
        for sha256, sha512 in documents.values_list("sha256", "sha512"):
            for path in _drawn_from(sha256, sha512):
                yield path.relative_to(root).as_posix()

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Titles and findings quote the content."""
        SubmissionItem.objects.filter(record__in=record_ids).update(title=_("（内容已清除）"), findings=[])
        for model in (GridChange, Overruling, MailMessage):
            model.objects.filter(record__in=record_ids).delete()


def _drawn_from(sha256: str, sha512: str) -> Iterator[Path]:
    """Pictures, rows and pages made from a document for looking at."""
    for digest in {sha256, sha512} - {""}:
        yield from (home() / "derived").glob(f"*/{digest}*")
