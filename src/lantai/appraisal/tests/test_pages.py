"""What people see when they appraise."""

import pytest

from lantai.appraisal import services
from lantai.appraisal.models import Disposal, DisposalItem
from lantai.core.actors import SYSTEM
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.records.tests.factories import archive
from lantai.vault.api import make_volumes, volume_order

from .test_disposal import approved, carry_out, held, person, proposed

pytestmark = pytest.mark.django_db


def logged_in(client, role):
    found = (
        a_person_as(role)
        if role in {"supervisor", "security_officer"}
        else a_person(role, organisation=archive())
    )
    client.force_login(found, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_what_expires_is_listed_chosen_and_laid_before_the_group(client):
    logged_in(client, "preservation_archivist")
    assert "没有到期的档案" in client.get("/desk/appraisal/").content.decode()
    row = held("到期的请示")
    page = client.get("/desk/appraisal/").content.decode()
    assert "到期的请示" in page
    assert "年底期满" in page
    answer = client.post("/desk/appraisal/propose/", {"title": "第一批", "reason": "期满"})
    assert answer.status_code == 422
    assert "没有选中档案" in answer.content.decode()
    answer = client.post(
        "/desk/appraisal/propose/", {"records": [row.id], "title": "第一批", "reason": "期满"}
    )
    page = client.get(answer.url).content.decode()
    assert "到期的请示" in page
    answer = client.post(f"{answer.url}opinion/", {"agrees": "yes", "text": "无保存价值"})
    assert "无保存价值" in client.get(answer.url).content.decode()
    assert "第一批" in client.get("/desk/appraisal/disposals/").content.decode()


def test_the_supervisor_approves_and_the_register_can_be_read(client):
    logged_in(client, "supervisor")
    disposal = proposed([held()])
    address = f"/desk/appraisal/disposals/{disposal.id}/"
    page = client.post(f"{address}approve/", {"number": "1号"})
    assert page.status_code == 409
    assert "不足 2 人" in page.content.decode()
    assert client.get(f"{address}register.pdf").status_code == 404
    another = held("另一件")
    (volume,) = make_volumes(order=volume_order("bd25", capacity_bytes=12_000_000), actor=SYSTEM).volumes
    disposal = carry_out(approved([another]))
    address = f"/desk/appraisal/disposals/{disposal.id}/"
    page = client.get(address).content.decode()
    assert "签章有效" in page
    assert f"封存的离线卷 {volume.number} 上还有" in page
    assert client.get(f"{address}register.pdf").content.startswith(b"%PDF")


def test_another_archives_disposals_are_not_shown(client):
    from lantai.institutions.tests.factories import an_archive

    disposal = proposed([held()], person("preservation_archivist"))
    stranger = a_person("preservation_archivist", organisation=an_archive())
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/desk/appraisal/disposals/{disposal.id}/").status_code == 404


def test_a_purge_is_asked_for_on_a_page_of_its_own(client):
    logged_in(client, "preservation_archivist")
    row = held()
    answer = client.post("/desk/appraisal/purge/", {"record": row.id, "title": "清除一件", "reason": "误存"})
    assert "由安全管理员直接审批" in client.get(answer.url).content.decode()
    disposal = Disposal.objects.get()
    services.approve(disposal=disposal, number="1号", actor=person("security_officer"))
    carry_out(disposal)
    assert "数据库转储" in client.get(answer.url).content.decode()


def test_a_whole_list_is_narrowed_and_laid_before_the_group_at_once(client, monkeypatch):
    logged_in(client, "preservation_archivist")
    rows = [held(f"请示{number}") for number in range(3)]
    held("三十年的", year=1950, retention="D30")
    monkeypatch.setattr("lantai.appraisal.views.PAGE", 2)
    page = client.get("/desk/appraisal/", {"retention": "D10"}).content.decode()
    assert "全部 3 件" in page
    assert "三十年的" not in page
    assert "年底期满" in client.get("/desk/appraisal/", {"retention": "none", "fonds": "x"}).content.decode()
    wanted = {"every": "1", "retention": "D10", "title": "第一批", "reason": "期满"}
    monkeypatch.setattr("lantai.appraisal.services.LARGEST", 2)
    answer = client.post("/desk/appraisal/propose/", wanted)
    assert "一次最多鉴定 2 件" in answer.content.decode()
    monkeypatch.setattr("lantai.appraisal.services.LARGEST", 2000)
    assert client.post("/desk/appraisal/propose/", wanted).status_code == 302
    assert set(DisposalItem.objects.values_list("record_id", flat=True)) == {row.id for row in rows}
