"""The village's channel: a paper photographed page by page with a phone becomes one record."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.institutions.api import Department, Organisation
from lantai.packages.api import (
    ArchiveRefused,
    FileToWrite,
    ItemToWrite,
    safe_extract,
    write_folder_package,
)

from .. import intake
from ..models import Submission
from ..services import Received, receive_package

_FOLDER = "0001"
_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of paper a village keeps, in its own words, and how long it is kept."""

    key: str
    name: str
    retention: str


@cache
def paper_kinds() -> tuple[PaperKind, ...]:
    """The kinds, in the order in which a clerk is offered them."""
    path = Path(__file__).parents[1] / "data" / "village.toml"
    return tuple(PaperKind(**row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["kind"])


@dataclass(frozen=True, slots=True)
class Paper:
    """What a village's clerk says of a paper.

    Attributes:
        title: 题名.
        date: its date as written, in words the platform understands.
        kind: key of a :class:`PaperKind`.
        persons: people it is about, as written.
        note: anything else, as written.
        private: whether it holds what is nobody else's business, so that it is not disclosed.
    """

    title: str
    date: str
    kind: str
    persons: str = ""
    note: str = ""
    private: bool = False

    def columns(self, agency: Organisation) -> dict[str, str]:
        """The paper as a row of a catalogue."""
        kind = next(kind for kind in paper_kinds() if kind.key == self.kind)
        columns = {
            "题名": self.title.strip(),
            "责任者": agency.name,
            "日期": self.date.strip(),
            "年度": str(parse_date(self.date).end.year),
            "保管期限": kind.retention,
            "密级": "公开",
            "公开属性": "不予公开" if self.private else "",
            "立档单位名称": agency.name,
            "关键词": "；".join(filter(None, [kind.name, self.persons.strip()])),
            "附注": self.note.strip(),
        }
        return {name: value for name, value in columns.items() if value}


def receive_paper(
    *,
    paper: Paper,
    photos: Sequence[UploadedFile[Any]],
    agency: Organisation,
    key: str,
    actor: Actor,
    department: Department | None = None,
    enqueue: bool = True,
) -> Received:
    """Takes in one paper; its photographs, in order, are its pages.

    Args:
        paper: what is said of it.
        photos: one for each page; or, from a phone that sends piece by piece, one ZIP of them in order.
        agency: the village (or agency) whose record it is.
        key: idempotency key: a phone that lost its network sends the same again.
        actor: who sends it.
        department: the department it comes from, if one does.
        enqueue: whether a worker processes it.

    Raises:
        Invalid: there is no photograph, or something else than one.
    """
    intake.check_length(sum(photo.size or 0 for photo in photos))
    with tempfile.TemporaryDirectory(dir=configuration.home() / "incoming", prefix="paper-") as work:
        pages = tuple(
            page for number, photo in enumerate(photos, 1) for page in _pages(Path(work), number, photo)
        )
        if not pages:
            raise Invalid(_("还没有照片。"), remedy=_("请把每一页各拍一张，再提交。"))
        package = Path(work) / "package"
        item = ItemToWrite(columns=paper.columns(agency), files=pages, folder=_FOLDER)
        write_folder_package(package, [item], {"移交单位": agency.name})
        return receive_package(
            file=package,
            agency=agency,
            channel=Submission.Channel.VILLAGE,
            key=key,
            actor=actor,
            title=paper.title,
            department=department,
            enqueue=enqueue,
        )


def _pages(work: Path, number: int, photo: UploadedFile[Any]) -> list[FileToWrite]:
    """A photograph as a page, or those of an archive as pages in the order of their names."""
    name = PurePath((photo.name or "").replace("\\", "/")).name
    source = work / f"{number:04d}{PurePath(name).suffix.lower()}"
    with source.open("xb") as stream:
        stream.writelines(photo.chunks(2**20))
    if source.suffix != ".zip":
        return [_page(source, name)]
    folder = work / f"{number:04d}"
    folder.mkdir()
    try:
        safe_extract(source, folder)
    except ArchiveRefused as error:
        raise Invalid(str(error), subject=name) from error
    return [_page(path, path.name) for path in sorted(folder.rglob("*")) if path.is_file()]


def _page(source: Path, name: str) -> FileToWrite:
    """A page under its name; what it really is, the inspection finds out."""
    if source.suffix.lower() not in _ENDINGS:
        raise Invalid(_("这个文件不是照片。"), subject=name, remedy=_("请拍照或选 JPG、PNG 图片。"))
    return FileToWrite(source, f"{_FOLDER}/{source.name}")
