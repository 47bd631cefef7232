"""What a clerk describes on a page (photographs, a recording, accounts, a matter) becomes a record."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.findings import Finding, Outcome
from lantai.packages.api import DESCRIPTION, Element, Namer, list_file, open_package, save_description
from lantai.records.api import retention_term

from .. import intake
from ..entry import Sender
from ..models import Submission
from ..services import Received, receive_package, term_of

_FOLDER = "0001"


class NotAsAsked(Invalid):
    """What was entered lacks something that the standard of its kind asks for.

    Attributes:
        findings: what, each with its remedy.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(_("填写的内容还不完整。"), remedy=findings[0].remedy)
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file, and where in the description it is listed.

    Attributes:
        upload: the file.
        under: the element that lists it.
        said: what is said of it, by attribute.
    """

    upload: UploadedFile[Any]
    under: Element
    said: Mapping[str, str] = field(default_factory=dict)


def catalogued(values: Mapping[str, Any], sender: Sender) -> dict[str, str]:
    """The catalogue's part of a description, from what every form asks.

    Args:
        values: ``title``, ``date``, ``retention`` (a code, or empty) and ``classification``.
        sender: whose record it is, and whose schedule proposes a term where none was given.
    """
    term = term_of(values["retention"], values["title"], sender.agency, sender.department)
    return {
        "题名": values["title"].strip(),
        "责任者": sender.agency.name,
        "日期": values["date"].strip(),
        "年度": str(parse_date(values["date"]).end.year),
        "保管期限": retention_term(term).name,
        "密级": values["classification"],
        "机构或问题": sender.department.name if sender.department else "",
        "立档单位名称": sender.agency.name,
    }


def receive_described(
    *,
    root: Element,
    enclosures: Sequence[Enclosure],
    sender: Sender,
    key: str,
    title: str,
    enqueue: bool = True,
) -> Received:
    """Takes in one record that describes itself.

    Args:
        root: its description; its files are listed here.
        enclosures: its files, in order.
        sender: who enters it.
        key: idempotency key.
        title: what the submission is called.
        enqueue: whether a worker processes it.

    Raises:
        NotAsAsked: the standard of its kind asks for more.
    """
    intake.check_length(sum(each.upload.size or 0 for each in enclosures))
    with tempfile.TemporaryDirectory(dir=configuration.home() / "incoming", prefix="entry-") as work:
        package = Path(work) / "package"
        folder = package / _FOLDER
        folder.mkdir(parents=True)
        names = Namer({DESCRIPTION.casefold()})
        for number, each in enumerate(enclosures, 1):
            given = PurePath((each.upload.name or "").replace("\\", "/")).name
            path = folder / names.name(given, f"{number:04d}")
            with path.open("xb") as stream:
                stream.writelines(each.upload.chunks(2**20))
            list_file(each.under, path, path.name, **each.said)
        save_description(folder, root)
        _refuse_what_is_missing(package)
        return receive_package(
            file=package,
            agency=sender.agency,
            channel=Submission.Channel.UPLOAD,
            key=key,
            actor=sender.actor,
            title=title,
            department=sender.department,
            enqueue=enqueue,
        )


def _refuse_what_is_missing(folder: Path) -> None:
    """By the rules that inspection holds the record to as well."""
    with open_package(folder) as package:
        faults = [finding for finding in package.structure() if finding.outcome is Outcome.FAIL]
    if faults:
        raise NotAsAsked(faults)
