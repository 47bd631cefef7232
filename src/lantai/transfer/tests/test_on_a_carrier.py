"""What came on a carrier is received with the carrier's own checks; what came online is not."""

import pytest
from django.db import transaction

from lantai.core.actors import SYSTEM
from lantai.core.findings import Outcome
from lantai.inspection.api import lines_of, sign_manual
from lantai.records.api import Record
from lantai.records.tests import factories as records
from lantai.transfer.exporting import export_handover
from lantai.transfer.importing import import_handover

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_scanner")]
CARRIER = {"type": "光盘 BD-R 25 GB", "numbers": "YZ-2026-01", "looks": "完好"}


@pytest.fixture
def carrier(tmp_path):
    """A hand-over as it left an installation that this database then knows nothing of."""
    here = transaction.savepoint()
    make.filed(2)
    handover = make.submitted(carrier=CARRIER)
    export_handover(handover=handover, target=tmp_path / "盘", kind="carrier", actor=SYSTEM)
    transaction.savepoint_rollback(here)
    assert not Record.objects.exists()
    records.archive()
    return tmp_path / "盘"


def states(handover):
    lines = lines_of(handover.report)
    return {line.code: line.state for line in lines if line.key.startswith("sec.media.")}


@pytest.mark.requirement("DA/T 70 GD-4-3")
@pytest.mark.requirement("Z5")
def test_a_hand_over_read_from_a_carrier_is_received_with_the_carriers_checks(carrier):
    handover = make.received(import_handover(path=carrier, actor=SYSTEM), signed=False)
    assert states(handover) == {
        "YJ-4-3": "pass", "YJ-4-4": "unchecked", "YJ-4-5": "unchecked", "YJ-4-6": "unchecked",
    }  # fmt: skip
    sign_manual(
        report=handover.report, key="sec.media.look", actor=SYSTEM, outcome=Outcome.PASS, note="无划痕"
    )
    make.sign(handover.report)
    handover = make.received(handover)
    assert (handover.state, states(handover)["YJ-4-5"]) == ("received", "pass")
    assert handover.acceptance["inspection"]["carrier"] == "合格。无划痕", (
        "the receiver's, not the sender's, words"
    )


def test_looks_nobody_signed_stand_as_unchecked_in_the_register(carrier):
    handover = make.received(import_handover(path=carrier, actor=SYSTEM))
    assert (handover.state, handover.acceptance["inspection"]["carrier"]) == ("received", "未检")


def test_a_file_too_many_on_the_carrier_sends_the_hand_over_back(carrier):
    (carrier / "setup.exe").write_bytes(b"MZ")
    handover = make.received(import_handover(path=carrier, actor=SYSTEM))
    assert handover.state == "returned"
    found = handover.report.findings.get(key="sec.media.extra")
    assert (found.code, found.outcome, found.subject) == ("YJ-4-3", "fail", "setup.exe")


def test_a_hand_over_within_the_platform_has_no_carrier_to_check():
    make.filed(1)
    handover = make.received(make.submitted())
    assert handover.state == "received"
    assert set(states(handover).values()) == {"not_applicable"}


@pytest.mark.requirement("DA/T 70 GD-4-5")
def test_a_carrier_named_within_the_platform_is_looked_at_by_hand_and_its_files_are_not_claimed_to_be_read():
    make.filed(1)
    handover = make.received(make.submitted(carrier=CARRIER))
    assert handover.state == "received"
    assert states(handover) == {
        "YJ-4-3": "not_applicable", "YJ-4-4": "unchecked", "YJ-4-5": "unchecked", "YJ-4-6": "unchecked",
    }  # fmt: skip
    told = handover.report.findings.get(key="sec.media.extra")
    assert "没有从载体读取" in told.observed
