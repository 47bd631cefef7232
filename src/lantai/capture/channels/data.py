"""The channel of business data: a spreadsheet and a few answers become a described, typed table."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.dates import parse_date
from lantai.institutions.api import Department, Organisation
from lantai.packages.api import TableDescription, write_file_table

from .. import intake
from ..models import Submission
from ..services import Received, receive_package

CATEGORY = "SJ"


@dataclass(frozen=True, slots=True)
class Data:
    """What a clerk says of a table; columns and their types are taken from the data.

    Attributes:
        title: 题名.
        system: 来源系统.
        date: the day the data was taken, in words the platform understands.
        retention: 保管期限.
    """

    title: str
    system: str
    date: str
    retention: str

    def description(self, agency: Organisation) -> TableDescription:
        """As the writer of tables takes it."""
        record = {
            "题名": self.title.strip(),
            "责任者": agency.name,
            "日期": self.date.strip(),
            "年度": str(parse_date(self.date).end.year),
            "保管期限": self.retention,
            "密级": "公开",
            "立档单位名称": agency.name,
        }
        return TableDescription(record, self.system.strip(), self.title.strip())


def receive_data(
    *,
    data: Data,
    table: UploadedFile[Any],
    agency: Organisation,
    key: str,
    actor: Actor,
    department: Department | None = None,
    enqueue: bool = True,
) -> Received:
    """Takes in a CSV file or spreadsheet as a described, typed table.

    Args:
        data: what is said of it.
        table: the file; its first row names the columns.
        agency: whose record it is.
        key: idempotency key.
        actor: who sends it.
        department: the department it comes from, if one does.
        enqueue: whether a worker processes it.

    Raises:
        Invalid: it is no table, or its heading lacks a name.
    """
    intake.check_length(table.size or 0)
    with tempfile.TemporaryDirectory(dir=configuration.home() / "incoming", prefix="data-") as work:
        source = Path(work) / PurePath((table.name or "").replace("\\", "/")).name
        with source.open("xb") as stream:
            stream.writelines(table.chunks(2**20))
        package = Path(work) / "package"
        write_file_table(source, package, data.description(agency))
        return receive_package(
            file=package,
            agency=agency,
            channel=Submission.Channel.UPLOAD,
            key=key,
            actor=actor,
            title=data.title,
            department=department,
            enqueue=enqueue,
        )
