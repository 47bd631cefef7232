"""Class and term are proposed by rules; accepted in bulk, or overruled with a reason that is kept."""

import pytest
from django.urls import reverse

from lantai.capture.arrangement_models import Overruling
from lantai.capture.classing import accept_advice, advise, classify_records
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.records.api import Record, create_records
from lantai.records.tests import factories as records
from lantai.records.tests.test_pages import signed_in

from . import factories as make
from .test_arrangement import fix, number

pytestmark = pytest.mark.django_db


def kept(*titles, **values):
    scheme = make.scheme()
    return create_records(
        [records.draft(title=title, scheme_id=scheme.id, **values) for title in titles], SYSTEM
    )


def accounts():
    make.scheme()
    return records.scheme(category="KU", name="会计档案", year_from=2020)


def test_a_title_tells_the_scheme_it_belongs_in_and_which_word_says_so():
    rows = kept("2024年3月记账凭证")
    scheme = accounts()
    (advice,) = advise(rows)
    assert (advice.place.scheme, advice.place.reason) == (scheme, "因题名含“记账凭证” → 会计档案。")
    assert advice.differs


def test_a_class_the_fonds_has_no_scheme_for_is_not_proposed():
    (advice,) = advise(kept("2024年3月记账凭证"))
    assert advice.place is None


def test_proposals_are_accepted_for_many_at_once():
    rows = kept("2024年记账凭证", "关于张三任免的通知", "无题", retention="D10", flags=["retention:proposed"])
    scheme = accounts()
    assert accept_advice(record_ids=[row.id for row in rows], actor=SYSTEM) == 2
    found = {row.title: row for row in Record.objects.all()}
    assert found["2024年记账凭证"].scheme == scheme
    assert (found["关于张三任免的通知"].retention, found["关于张三任免的通知"].flags) == ("Y", [])
    assert found["无题"].retention == "D10"


@pytest.mark.requirement("Z40")
def test_choosing_otherwise_needs_a_reason_and_keeps_what_was_proposed():
    (row,) = kept("关于张三任免的通知", retention="")
    change = {"record_ids": [row.id], "changes": {"retention": "10年"}, "actor": SYSTEM}
    with pytest.raises(Invalid, match="任免"):
        classify_records(**change)
    classify_records(**change, reason="抄送件")
    found = Overruling.objects.get()
    assert (found.what, found.proposed, found.chosen, found.reason) == ("retention", "永久", "10年", "抄送件")
    assert "任免" in found.proposal_reason


def test_a_fixed_number_keeps_its_class():
    (row,) = kept("甲")
    number()
    fix()
    with pytest.raises(Conflict):
        classify_records(record_ids=[row.id], changes={"retention": "10年"}, actor=SYSTEM)


def test_the_pages_accept_change_combine_and_split(client):
    first, second = kept("关于立项的批复", "关于立项的请示", retention="D10")
    where = [make.scheme().id, 2024]
    signed_in(client)
    page = reverse("capture:classes", args=where)
    assert "请示" in client.get(page).content.decode()
    client.post(page, {"record": [str(first.id)], "act": "accept"})
    client.post(page, {"record": [str(second.id)], "act": "change", "unit_code": "RSC"})
    assert set(Record.objects.values_list("retention", "unit_code")) == {("Y", "BGS"), ("D10", "RSC")}
    compose = reverse("capture:compose", args=where)
    ids = [str(second.id), str(first.id)]
    client.post(compose, {"record": ids, "main": str(first.id), "received": ids[:1]})
    assert Record.objects.get(id=second.id).state == "combined"
    assert client.get(compose).status_code == 200
    client.post(reverse("capture:split", args=[first.id]))
    assert Record.objects.get(id=second.id).state == "captured"
    number()
    other = Record.objects.filter(unit_code="BGS").get()
    client.post(reverse("capture:move", args=[other.id]), {"number": "1"})
    assert client.post(page, {"record": ["x"], "act": "accept"}).status_code == 422
