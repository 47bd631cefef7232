"""Small makers: an agency with its fonds and people, real PDF files, packages good and bad."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pikepdf
from django.test import TestCase

from lantai.capture.api import PROCESS, Submission, receive_package
from lantai.core.actors import SYSTEM, Actor
from lantai.core.jobs import run_inline
from lantai.core.settings import home
from lantai.packages.api import FileToWrite, ItemToWrite, write_folder_package
from lantai.records.tests import factories as records

_numbers = itertools.count(1)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def clerk(**values):
    return _actor("clerk", records.agency().id, **values)


def archivist(**values):
    return _actor("record_archivist", records.agency().id, **values)


def receiver(**values):
    return _actor("receiving_archivist", records.archive().id, **values)


def _actor(role, organisation_id, **values):
    values = {"id": role, "name": "林岚", "via": "web", **values}
    return Actor(roles=frozenset({role}), organisation_id=organisation_id, **values)


def agency():
    """The agency, with a fonds and a scheme to file in."""
    records.department()
    fonds = records.fonds()
    if not fonds.schemes.exists():
        records.scheme(fonds=fonds)
    return records.agency()


def scheme():
    agency()
    return records.fonds().schemes.get()


def pdf(pages=1):
    """A file with a PDF no other test has."""
    number = next(_numbers)
    path = Path(home()) / "made" / f"{os.getpid()}-{number}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = f"made {number}"
        document.save(path, deterministic_id=True)
    return path


def locked_pdf():
    """A PDF nobody opens without its password."""
    path = pdf()
    target = path.with_name(f"locked-{path.name}")
    with pikepdf.open(path) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    return target


def virus():
    """The harmless file every virus scanner finds."""
    path = Path(home()) / "made" / f"{os.getpid()}-{next(_numbers)}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(EICAR)
    return path


def item(number=None, files=None, **columns):
    """One good item; ``columns`` overrule."""
    number = number or next(_numbers)
    sources = files if files is not None else [pdf()]
    return ItemToWrite(
        columns={
            "题名": f"关于第{number}号水利工程验收的通知",
            "责任者": "云州市发展和改革委员会",
            "日期": f"2024{1 + number % 12:02d}{1 + number % 28:02d}",
            "文号": f"云发改〔2024〕{number}号",
            "年度": "2024",
            "保管期限": "永久",
            "密级": "公开",
            "机构或问题": "办公室",
            **columns,
        },
        files=tuple(
            FileToWrite(source, f"{number:04d}/{place}{source.suffix}")
            for place, source in enumerate(sources)
        ),
    )


def package(*items, declaration=None, archive=True):
    """A package of kind ``folder``, as a ZIP file unless it is to stay a folder."""
    target = Path(home()) / "made" / f"package-{os.getpid()}-{next(_numbers)}{'.zip' if archive else ''}"
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_folder_package(target, list(items), declaration or {"移交单位": agency().name})


def received(path, actor=SYSTEM, key="", **values):
    """A package as it lies in the intake, not processed."""
    return receive_package(
        file=path, agency=agency(), channel="folder", key=key, actor=actor, enqueue=False, **values
    )


def processed(path, actor=SYSTEM, **values):
    """A submission through to its end, in this process."""
    return run_process(received(path, actor, **values).submission, actor)


def run_process(submission, actor=SYSTEM):
    """Does what the worker does."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_inline(PROCESS, actor, progress=False, submission_id=str(submission.id))
    return Submission.objects.get(id=submission.id)
