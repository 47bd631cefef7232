"""The checks of a carrier: files too many are found, its speed, looks and disc are a person's to check."""

import pytest

from lantai.core.errors import Forbidden
from lantai.core.findings import Outcome
from lantai.inspection.api import (
    Inspection,
    assign_manual,
    inspect_package,
    lines_of,
    save_report,
    score_of,
    sign_manual,
    signable_keys,
    standing_verdict,
    tasks_of,
)
from lantai.institutions.api import person_actor
from lantai.institutions.tests.factories import a_person, an_agency, an_archive
from lantai.packages.api import convert_package, open_package

from .factories import item, outcomes, package

pytestmark = pytest.mark.usefixtures("no_scanner")
BY_HAND = {"4-4": "sec.media.speed", "4-5": "sec.media.look", "4-6": "sec.media.disc"}


@pytest.fixture
def carrier(tmp_path):
    """A carrier of one good item."""
    source = package(tmp_path, item(tmp_path, 档号="J001-WS·2024-Y-0001", 全宗号="J001"))
    convert_package(source, tmp_path / "carrier", "carrier")
    return tmp_path / "carrier"


def states(report):
    return {line.code: line.state for line in lines_of(report) if line.key.startswith("sec.media.")}


@pytest.mark.requirement("DA/T 70 GD-4-3")
def test_a_file_too_many_on_a_carrier_is_named_and_keeps_the_transfer_out(carrier):
    assert states(inspect_package(carrier, "YJ"))["YJ-4-3"] == "pass"
    (carrier / "setup.exe").write_bytes(b"MZ")
    for stage in ("GD", "YJ", "BC"):
        report = inspect_package(carrier, stage)
        (found,) = [finding for finding in report.findings if finding.key == "sec.media.extra"]
        assert (found.code, found.outcome, found.subject) == (f"{stage}-4-3", "fail", "setup.exe")
        assert found.remedy
    assert not inspect_package(carrier, "YJ").accepted


def test_the_same_file_in_a_package_on_no_carrier_is_no_matter_of_these_checks(tmp_path):
    path = package(tmp_path, item(tmp_path))
    (path / "setup.exe").write_bytes(b"MZ")
    report = inspect_package(path, "YJ")
    assert outcomes(report, "int.pkg.content") == {"fail"}
    assert set(states(report).values()) == {"not_applicable"}


@pytest.mark.parametrize("kind", ["carrier", "folder"])
def test_a_package_that_says_it_came_on_a_carrier_is_checked_as_one(carrier, kind):
    with open_package(carrier) as opened:
        opened.kind, opened.on_carrier = kind, True
        inspection = Inspection(opened, "YJ")
        list(inspection.items())
        found = states(inspection.report())
    assert found == {"YJ-4-3": "pass"} | {f"YJ-{number}": "unchecked" for number in BY_HAND}


def test_a_carrier_handed_over_beside_what_the_platform_sent_is_looked_at_by_hand(carrier):
    with open_package(carrier) as opened:
        opened.kind, opened.beside_carrier = "handover", True
        inspection = Inspection(opened, "YJ")
        list(inspection.items())
        report = inspection.report()
    assert states(report) == {"YJ-4-3": "not_applicable"} | {
        f"YJ-{number}": "unchecked" for number in BY_HAND
    }
    (told,) = [finding for finding in report.findings if finding.key == "sec.media.extra"]
    assert "没有从载体读取" in told.observed


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 70 GD-4-4")
@pytest.mark.requirement("DA/T 70 GD-4-5")
def test_speed_looks_and_disc_are_assigned_signed_and_a_refusal_stands_against_the_report(carrier):
    archive = an_archive()
    with open_package(carrier) as opened:
        inspection = Inspection(opened, "YJ")
        list(inspection.items())
        report = save_report(
            inspection.report(), subject="handover:1", title="光盘", organisation_id=archive.id
        )
    assert {f"YJ-{number}": "unchecked" for number in BY_HAND}.items() <= states(report).items()
    assert set(BY_HAND.values()) <= set(signable_keys(report))

    chief = person_actor(a_person("receiving_archivist", organisation=archive))
    checker = a_person("receiving_archivist", organisation=archive)
    for key in BY_HAND.values():
        assign_manual(report=report, key=key, assignee_id=checker.id, actor=chief)
    assert {task.key for task in tasks_of(person_actor(checker))} == set(BY_HAND.values())
    stranger = person_actor(a_person("record_archivist", organisation=an_agency(archive=archive)))
    signed = {"report": report, "outcome": Outcome.PASS, "note": "实测，完好"}
    with pytest.raises(Forbidden):
        sign_manual(key="sec.media.look", actor=stranger, **signed)

    before = score_of(report)
    sign_manual(key="sec.media.speed", actor=person_actor(checker), **signed)
    sign_manual(key="sec.media.disc", actor=person_actor(checker), **signed)
    assert score_of(report) > before
    assert {task.key for task in tasks_of(person_actor(checker))} == {"sec.media.look"}
    assert standing_verdict(report) is Outcome.AWAITING, "the virus scan alone waits"
    sign_manual(key="sec.media.look", actor=person_actor(checker), **signed | {"outcome": Outcome.FAIL})
    assert {"YJ-4-4": "pass", "YJ-4-5": "fail", "YJ-4-6": "pass"}.items() <= states(report).items()
    assert standing_verdict(report) is Outcome.FAIL
