"""From ``lantai init`` to the first accepted package, through pages and commands alone."""

import json

import pytest
import typer
from django.test import Client, TestCase
from django.urls import reverse
from typer.testing import CliRunner

from lantai.capture.api import PROCESS, Submission
from lantai.capture.tests import factories as make
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.institutions.api import Department, Organisation, Person, Region
from lantai.institutions.commands import register
from lantai.records.api import Fonds, Record, Scheme

pytestmark = pytest.mark.django_db
PASSWORD = "Chushi-kouling-1"


def run(*words, stdin=f"{PASSWORD}\n"):
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, [*words, "--password-stdin", "--json"], input=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


def entered(username):
    client = Client()
    client.force_login(Person.objects.get(username=username))
    return client


def sent(client, page, *args, **values):
    answer = client.post(reverse(page, args=args), values)
    assert answer.status_code == 302, answer.content.decode()
    return answer


def an_account(officers, username, name, organisation, department, role):
    """The system officer opens it, the security officer gives the role, its owner takes it over."""
    system, security = officers
    page = system.post(
        reverse("institutions:open_account"),
        {"username": username, "full_name": name, "organisation": organisation.id, "department": department},
    )
    assert page.status_code == 200
    person = Person.objects.get(username=username)
    sent(security, "institutions:appoint", person.id, role=role)
    Person.objects.filter(id=person.id).update(must_change_password=False)
    return entered(username)


@pytest.fixture
def officers():
    run("init", "--username", "sysadmin")
    for username, role in (("secadmin", "security_officer"), ("audadmin", "audit_officer")):
        run("people", "add", username, username)
        app = typer.Typer()
        register(app)
        assert CliRunner().invoke(app, ["people", "appoint", username, role]).exit_code == 0
        Person.objects.filter(username=username).update(must_change_password=False)
    return entered("sysadmin"), entered("secadmin")


def handed_in(client, path, key):
    with path.open("rb") as stream:
        sent(client, "capture:submit", package=stream, key=key, title="收文")
    submission = Submission.objects.get(idempotency_key=key)
    with TestCase.captureOnCommitCallbacks(execute=True):
        run_inline(PROCESS, SYSTEM, progress=False, submission_id=str(submission.id))
    submission.refresh_from_db()
    return submission


@pytest.mark.requirement("Z1")
def test_a_fresh_house_is_set_up_by_its_people_and_files_its_first_package(officers):
    system, _security = officers
    sent(system, "institutions:add_region", name="云州市", division_code="990100")
    region = Region.objects.get()
    body = {"region": region.id, "kind": "archive", "name": "云州市档案馆", "code": "YZ-A"}
    sent(system, "institutions:add_organisation", **body)
    archive = Organisation.objects.get(code="YZ-A")
    body = {"kind": "agency", "name": "云州市发展和改革委员会", "code": "YZ-001", "archive": archive.id}
    sent(system, "institutions:add_organisation", region=region.id, **body)
    agency = Organisation.objects.get(code="YZ-001")
    sent(system, "institutions:add_department", agency.id, name="办公室", code="BGS", kind="ordinary")
    office = Department.objects.get()
    archivist = an_account(officers, "lin", "林知远", agency, office.id, "record_archivist")
    clerk = an_account(officers, "chen", "陈述", agency, office.id, "clerk")

    assert "请档案员先在" in clerk.get(reverse("capture:submit")).content.decode()
    package = make.package(make.item(1), declaration={"移交单位": agency.name})
    returned = handed_in(clerk, package, "first")
    assert returned.state == Submission.State.RETURNED
    told = archivist.get(reverse("capture:submission", args=[returned.id])).content.decode()
    assert "还没有全宗的，请档案员在“全宗与方案”中建立全宗" in told
    assert reverse("records:setup") in told

    assert "还没有全宗" in archivist.get(reverse("records:setup")).content.decode()
    sent(archivist, "records:add_fonds", code="J001", name=agency.name, started="1949-10-01")
    fonds = Fonds.objects.get()
    assert (fonds.creator, fonds.archive) == (agency, archive)
    assert "还没有分类方案" in archivist.get(reverse("records:fonds", args=[fonds.id])).content.decode()
    sent(
        archivist, "records:add_scheme", fonds.id, name="文书档案", category="WS", year_from=2024,
        code_template="dat22.item.unit", number_width=4,
    )  # fmt: skip

    assert "请档案员先在" not in clerk.get(reverse("capture:submit")).content.decode()
    accepted = handed_in(clerk, package, "second")
    assert accepted.state == Submission.State.ACCEPTED
    scheme = Scheme.objects.get()
    sent(archivist, "capture:number", scheme.id, 2024)
    assert Record.objects.get().reference_code == "J001-WS·2024-Y-BGS-0001"
