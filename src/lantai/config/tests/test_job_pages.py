"""The pages of the jobs, through the whole stack."""

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.jobs import Job, JobState, job, run_inline, start
from lantai.core.jobs.models import JobLine

pytestmark = pytest.mark.django_db


@job("config.test_pages", title="检测六月公文")
def check_pages(run, fail=False):
    run.step("检测", total=4)
    for chunk in run.chunks(range(4), size=2):
        with run.commit(chunk):
            run.log(f"第 {chunk[0]} 件起")


@pytest.fixture
def archivist(client):
    region = apps.get_model("institutions.Region").objects.create(name="云浦市", division_code="990100")
    archive = apps.get_model("institutions.Organisation").objects.create(
        region=region, kind="archive", name="云浦市档案馆", code="990100"
    )
    person = get_user_model().objects.create(
        username="baoguan",
        full_name="顾存",
        organisation=archive,
        must_change_password=False,
        password_changed_at=timezone.now(),
    )
    apps.get_model("institutions.Appointment").objects.create(
        person=person, role="preservation_archivist", granted_by="test"
    )
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_empty_list_says_what_will_come(archivist):
    assert "还没有任务" in archivist.get("/desk/jobs/").content.decode()


def test_strangers_are_sent_to_log_in(client):
    response = client.get("/desk/jobs/")
    assert response.status_code == 302


def test_a_running_job_asks_for_itself_again_and_a_finished_one_does_not(archivist):
    queued = start("config.test_pages", SYSTEM)
    Job.objects.filter(id=queued.id).update(
        state=JobState.RUNNING, step="检测", done=161, total=218, rate=42, eta_s=1.6
    )
    page = archivist.get(f"/desk/jobs/{queued.id}/").content.decode()
    for words in (
        "检测六月公文",
        "161 / 218",
        "每秒 42 件",
        "还要 2 秒",
        "取消任务",
        'hx-trigger="every 1s"',
    ):
        assert words in page
    ended = run_inline("config.test_pages", SYSTEM, progress=False)
    part = archivist.get(f"/desk/jobs/{ended.id}/progress/").content.decode()
    assert "hx-trigger" not in part
    assert "<html" not in part
    assert "第 2 件起" in part


def test_a_job_is_cancelled_and_resumed_by_its_buttons(archivist):
    queued = start("config.test_pages", SYSTEM)
    archivist.post(f"/desk/jobs/{queued.id}/cancel/")
    assert Job.objects.get().state == JobState.CANCELLED
    page = archivist.post(f"/desk/jobs/{queued.id}/resume/", follow=True).content.decode()
    assert "已重新排队" in page
    assert Job.objects.get().state == JobState.QUEUED
    assert archivist.get(f"/desk/jobs/{queued.id}/cancel/").status_code == 405


def test_a_job_that_is_not_there_is_a_page_with_a_remedy(archivist):
    response = archivist.get("/desk/jobs/0193a000-0000-7000-8000-000000000000/")
    assert response.status_code == 404
    assert "回到任务列表" in response.content.decode()


def test_the_list_pages_by_key_forwards_and_back(archivist):
    ids = [str(start("config.test_pages", SYSTEM, title=f"批次 {n:03}").id) for n in range(65)][::-1]

    def shown(url):
        page = archivist.get(url).context["page"]
        return [str(row.id) for row in page.items], page

    first, page = shown("/desk/jobs/")
    assert (first, page.previous) == (ids[:30], "")
    second, page = shown(f"/desk/jobs/{page.next_url}")
    assert second == ids[30:60]
    third, last = shown(f"/desk/jobs/{page.next_url}")
    assert (third, last.next) == (ids[60:], "")
    back, _ = shown(f"/desk/jobs/{last.previous_url}")
    assert back == second
    start_again, page = shown(f"/desk/jobs/{page.previous_url}")
    assert (start_again, page.previous) == (first, "")


def test_a_line_of_the_log_is_shown_as_text(archivist):
    queued = start("config.test_pages", SYSTEM)
    JobLine.objects.create(job=queued, text="<script>alert(1)</script>")
    assert "<script>alert" not in archivist.get(f"/desk/jobs/{queued.id}/").content.decode()
