"""Small makers: filed records that may be handed over, and hand-overs at every stage."""

from __future__ import annotations

from django.test import TestCase

from lantai.capture.api import assign_numbers, fix_numbers
from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM
from lantai.core.findings import Outcome
from lantai.core.jobs import run_inline
from lantai.inspection.api import awaiting_keys, sign_manual
from lantai.records.tests import factories as records
from lantai.transfer.api import RECEIVE, Handover, Terms, prepare, receive, submit

OPINIONS = {"opening": "未满二十五年，不开放", "disclosure": "均未公开", "classification_changes": "无"}


def sign(report):
    """A person scanned with a scanner of their own and says so."""
    for key in awaiting_keys(report):
        sign_manual(
            report=report, key=key, actor=SYSTEM, outcome=Outcome.PASS, note="单机杀毒软件扫描，无毒。"
        )


def filed(count=3, signed=True):
    """Records captured from a package, numbered and fixed."""
    submission = capture.processed(capture.package(*(capture.item(n) for n in range(1, count + 1))))
    if signed:
        sign(submission.report)
    assign_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    fix_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    return submission


def prepared(**values):
    values = {"year_from": 2024, "year_to": 2024, "actor": SYSTEM, "opinions": OPINIONS, **values}
    return prepare(fonds=records.fonds(), **values)


def submitted(**terms):
    return submit(handover=prepared(terms=Terms(**terms)), actor=SYSTEM)


def received(handover, actor=SYSTEM, signed=True):
    """Received, with the signature the inspection waits for in between."""
    _run(handover, actor)
    handover.refresh_from_db()
    if handover.state == Handover.State.SUBMITTED and signed:
        sign(handover.report)
        _run(handover, actor)
    return Handover.objects.get(id=handover.id)


def _run(handover, actor):
    receive(handover=handover, actor=actor, enqueue=False)
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_inline(RECEIVE, SYSTEM, progress=False, handover_id=str(handover.id))
