"""YJ-2-9: the receiver's inspection holds each record against the archive's collecting scope (收集范围)."""

import pytest
from django.test import TestCase

from lantai.capture.api import assign_numbers, fix_numbers
from lantai.capture.collecting.models import RosterClass
from lantai.capture.tests import factories as capture
from lantai.capture.tests.test_collecting import approved
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.records.api import Record
from lantai.records.tests import factories as records
from lantai.transfer.api import submit

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_scanner")]
TERMS = ("永久", "30年")


def inspected():
    """A hand-over of one record a term, and the report the archive reads before it accepts."""
    for number, term in enumerate(TERMS, 1):
        make.sign(capture.processed(capture.package(capture.item(number, 保管期限=term))).report)
    assign_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    fix_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    handover = submit(handover=make.prepared(), actor=SYSTEM)
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_inline("transfer.inspect", SYSTEM, progress=False, handover_id=str(handover.id))
    handover.refresh_from_db()
    return handover


def told(handover):
    """What stands under the check: its number, the record it is about, what is wrong."""
    return [
        (found.code, found.subject, found.outcome, found.observed)
        for found in handover.report.findings.filter(key="int.scope")
    ]


@pytest.mark.requirement("DA/T 70 YJ-2-9")
@pytest.mark.requirement("S40")
def test_a_record_the_archive_does_not_collect_is_told_one_by_one_and_left_to_the_archivist():
    approved(RosterClass(category=capture.scheme().category, terms=["Y"]))
    handover = inspected()
    outside = Record.objects.get(retention="D30")
    ((code, subject, outcome, observed),) = told(handover)
    assert (code, outcome) == ("YJ-2-9", "warn")
    assert outside.title in subject
    assert "收集范围" in observed
    assert "30年" in observed
    assert handover.report.results["int.scope"] == {"pass": 1, "warn": 1}
    assert handover.report.accepted_count == 2


@pytest.mark.requirement("DA/T 70 YJ-2-9")
def test_a_body_that_is_not_on_the_roster_is_told_of_every_record():
    approved(
        RosterClass(category=capture.scheme().category), agency=records.organisation("OTHER", "云州市水利局")
    )
    handover = inspected()
    assert [(outcome, "名册上没有" in observed) for _code, _subject, outcome, observed in told(handover)] == [
        ("warn", True)
    ] * 2


@pytest.mark.requirement("DA/T 70 YJ-2-9")
def test_without_an_approved_scope_nothing_is_claimed():
    handover = inspected()
    assert handover.report.results["int.scope"] == {"not_applicable": 2}
    assert not told(handover)
