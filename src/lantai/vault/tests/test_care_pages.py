"""The pages on which people watch over the vault: incidents, policies, audits, drills, formats."""

import io
import json
import shutil
from dataclasses import replace

import pypdfium2
import pytest
from django.test import TestCase
from PIL import Image

from lantai.core.actors import SYSTEM
from lantai.core.jobs import Job
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.records.tests.factories import archive
from lantai.vault.api import audit, repair
from lantai.vault.models import AuditPlan, CopyPolicy, Incident, MigrationPlan, VaultObject
from lantai.vault.watch.drills import drill
from lantai.vault.watch.plans import set_audit_plan, terms_for

from .factories import document, ingest_now, record, records

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def archivist(client):
    client.force_login(a_person("preservation_archivist", organisation=archive()), backend=BACKEND)
    return client


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def lose_a_copy():
    shutil.rmtree(home() / "vault/use/objects" / VaultObject.objects.first().object_path)
    audit("use")
    return Incident.objects.get()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("incidents", "没有发生过事件"),
        ("policies", "还没有定过策略"),
        ("audits", "还没有校验过"),
        ("drills", "还没有演练过"),
        ("formats", "还没有转换方案"),
    ],
)
def test_an_empty_page_says_what_will_come(archivist, address, words):
    assert words in text_of(archivist.get(f"/desk/vault/{address}/"))


def test_an_incident_is_told_on_the_desk_and_closed_with_words(archivist):
    ingest_now([record(document(), title="受损的件")])
    incident = lose_a_copy()
    assert "件总库事件等待写明原因和处置" in text_of(archivist.get("/desk/vault/"))
    assert "总库事件等您处置" in text_of(archivist.get("/desk/"))
    address = f"/desk/vault/incidents/{incident.id}/"
    assert "受损的件" in text_of(archivist.get(address))
    assert "1 份副本没有修复" in text_of(archivist.post(address, {"words": "换盘"}), 422)
    with TestCase.captureOnCommitCallbacks(execute=True):
        repair()
    assert archivist.post(address, {"words": "磁盘坏道，已换盘"}).status_code == 302
    page = text_of(archivist.get("/desk/vault/incidents/"))
    assert "磁盘坏道，已换盘" in page
    assert "已处置" in page


def test_a_policy_is_set_changed_and_refused_where_the_stores_cannot_meet_it(archivist):
    ingest_now(records(2))
    given = {
        "copies": 2,
        "elsewhere": 1,
        "other_medium": 1,
        "within_days": 3,
        "recheck_days": 30,
        "category": "",
    }
    assert archivist.post("/desk/vault/policies/new/", given).status_code == 302
    rule = CopyPolicy.objects.get()
    page = text_of(archivist.get("/desk/vault/policies/"))
    assert "个对象受到保护" in page
    assert f"?rule={rule.id}" in page
    assert 'value="30"' in text_of(archivist.get("/desk/vault/policies/new/", {"rule": str(rule.id)}))
    assert text_of(archivist.get("/desk/vault/policies/new/", {"rule": "nonsense"}))
    assert "满足不了" in text_of(archivist.post("/desk/vault/policies/new/", {**given, "copies": 9}), 422)


def test_a_plan_is_set_and_its_versions_are_shown(archivist):
    given = {"period_days": 30, "rate_mib_s": 5, "starts_at": "22:00", "ends_at": "06:00", "mends": "on"}
    assert archivist.post("/desk/vault/audits/use/", given).status_code == 302
    assert AuditPlan.objects.get().mends
    assert "22:00–06:00" in text_of(archivist.get("/desk/vault/audits/"))
    assert "第 1 版" in text_of(archivist.get("/desk/vault/audits/use/"))
    assert "起止" in text_of(archivist.post("/desk/vault/audits/use/", {**given, "ends_at": ""}), 422)
    assert archivist.get("/desk/vault/audits/nowhere/").status_code == 404


def test_the_versions_of_a_plan_page_by_key_down_to_the_first(archivist):
    for days in range(1, 23):
        set_audit_plan(store="use", terms=replace(terms_for("use"), period_days=days), actor=SYSTEM)
    first = archivist.get("/desk/vault/audits/use/")
    assert "第 1 版" not in text_of(first)
    after = first.context["page"].next_url
    assert "第 1 版" in text_of(archivist.get(f"/desk/vault/audits/use/{after}"))


@pytest.mark.requirement("Z27")
def test_a_drill_is_started_read_printed_and_taken_along(archivist):
    ingest_now(records(2))
    assert archivist.post("/desk/vault/drills/start/").status_code == 302
    assert Job.objects.get().kind == "vault.drill"
    held = drill(actor=SYSTEM)
    assert "签章有效" in text_of(archivist.get(f"/desk/vault/drills/{held.id}/"))
    pdf = archivist.get(f"/desk/vault/drills/{held.id}/report.pdf")
    assert len(pypdfium2.PdfDocument(pdf.content)) == 1
    told = json.loads(archivist.get(f"/desk/vault/drills/{held.id}/report.json").content)
    assert (told["report"], told["seal"]) == (held.report, held.seal)
    assert "合格" in text_of(archivist.get("/desk/vault/"))


def test_a_migration_is_planned_by_the_archivist_and_approved_by_the_supervisor(archivist, client):
    file = io.BytesIO()
    Image.new("L", (20, 20), 9).save(file, "TIFF")
    ingest_now([record(document(file.getvalue(), "a.tif", puid="fmt/353", format_name="TIFF"))])
    assert "转换为 JPEG 2000" in text_of(archivist.get("/desk/vault/formats/"))
    given = {"family": "TIFF 图像", "converter": "jp2", "reason": "旧式压缩"}
    assert "请写明" in text_of(archivist.post("/desk/vault/migrations/", {**given, "reason": ""}), 422)
    assert archivist.post("/desk/vault/migrations/", given).status_code == 302
    plan = MigrationPlan.objects.get()
    approve = f"/desk/vault/migrations/{plan.id}/approve/"
    assert archivist.post(approve).status_code == 403
    client.force_login(a_person_as("supervisor"), backend=BACKEND)
    assert "批准并开始" in text_of(client.get(f"/desk/vault/migrations/{plan.id}/"))
    assert client.post(approve).status_code == 302
    assert Job.objects.get().kind == "vault.migrate"
    assert "已经批准" in text_of(client.post(approve), 409)
