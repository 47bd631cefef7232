"""Assessing a business system for electronic-only keeping."""

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.records.tests import factories as records
from lantai.transfer.readiness import answer_items, begin, checklist, conclude, is_valid, seal_holds

pytestmark = pytest.mark.django_db
YES = {"answer": "yes", "evidence": "见评估附件"}


def _begun():
    return begin(agency=records.agency(), system="办公自动化系统", scope="收发文", actor=SYSTEM)


def _concluded(**other):
    answers = {item.key: YES for item in checklist().items} | other
    answered = answer_items(assessment=_begun(), answers=answers, actor=SYSTEM)
    return conclude(assessment=answered, actor=SYSTEM)


@pytest.mark.requirement("DA/T 92-2022")
def test_everything_met_and_shown_is_ready_for_three_years():
    done = _concluded()
    assert (done.score, done.verdict) == (100, "ready")
    assert is_valid(done)
    assert seal_holds(done)
    with pytest.raises(Conflict):
        answer_items(assessment=done, answers={"plan": YES}, actor=SYSTEM)


@pytest.mark.requirement("DA/T 92-2022")
def test_one_required_item_decides_alone():
    assert _concluded(copies={"answer": "no", "evidence": ""}).verdict == "not_ready"
    half = _concluded(copies={"answer": "partly", "evidence": "异地备份在建"})
    assert half.verdict == "conditional"
    assert half.valid_until.year < _concluded().valid_until.year
    many = {
        key: {"answer": "no", "evidence": ""}
        for key in ("duties", "process", "formats", "completeness", "recovery", "use")
    }
    assert _concluded(**many).verdict == "not_ready"


def test_an_answer_without_evidence_is_none():
    with pytest.raises(Invalid, match="还有 1 项"):
        _concluded(plan={"answer": "yes", "evidence": " "})


def test_a_changed_answer_breaks_the_seal():
    done = _concluded()
    done.answers["plan"]["evidence"] = "另一份"
    assert not seal_holds(done)


def test_the_assessment_as_pdf_has_its_text():
    import pypdfium2

    from lantai.transfer.pdf import readiness_pdf

    text = "".join(
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(readiness_pdf(_concluded()))
    )
    assert "办公自动化系统" in text
    assert "具备条件" in text
