"""The OpenAPI document is valid, and nothing it allows to be sent brings the platform down."""

import re
import traceback

import pytest
import schemathesis
from django.core.signals import got_request_exception, request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ninja import Schema
from openapi_spec_validator import OpenAPIV31SpecValidator

from lantai.catalogue.authorities.models import Authority
from lantai.catalogue.authorities.services import save_authority
from lantai.catalogue.editing.services import plan_edit
from lantai.catalogue.tests.tables import checked, csv_file, prepared, row
from lantai.core.actors import SYSTEM
from lantai.institutions.tests.factories import a_person
from lantai.records.tests import factories

pytestmark = pytest.mark.django_db
EXAMPLES = 8
WHO = ("anonymous", "clerk", "record_archivist", "preservation_archivist", "system_officer")


@schemathesis.serializer("application/offset+octet-stream")
def _piece(_ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def test_the_document_is_valid_openapi(client):
    told = client.get("/api/v1/openapi.json").json()
    errors = list(OpenAPIV31SpecValidator(told).iter_errors())
    assert [error.message for error in errors] == []


def test_the_document_is_in_the_language_of_who_asks_for_it(client):
    told = {
        language: client.get("/api/v1/openapi.json", headers={"Accept-Language": language}).json()
        for language in ("zh-hans", "en")
    }
    assert told["zh-hans"]["paths"]["/api/v1/search"]["get"]["summary"] == "检索档案"
    assert told["en"]["paths"]["/api/v1/search"]["get"]["summary"] == "Search records"
    read = [text for name, text in _texts(told["en"]) if name in {"summary", "description"}]
    han = re.compile("[\u4e00-\u9fff]+")
    assert {word for text in read for word in han.findall(text)} == {"题名", "责任者", "目录"}
    assert len(read) > 200


def _texts(part, name=""):
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value, name)
    elif isinstance(part, str):
        yield name, part


def test_no_two_schemas_share_a_name_and_differ():
    shapes = {}
    for schema in _our_schemas(Schema):
        shapes.setdefault(schema.__name__, []).append(set(schema.model_fields))
    assert [name for name, told in shapes.items() if any(shape != told[0] for shape in told)] == []


def _our_schemas(base):
    for schema in base.__subclasses__():
        if schema.__module__.startswith("lantai."):
            yield schema
        yield from _our_schemas(schema)


@pytest.fixture
def things(tmp_path):
    """One of each thing that addresses name, so that calls get further than “not found”."""
    factories.department()
    fonds = prepared()
    record = factories.record()
    batch = checked(csv_file(tmp_path, [row(1), row(2)]))
    authority = Authority(archive=factories.archive())
    save_authority(
        authority=authority,
        values={"kind": "agency", "name": "云州市发展和改革委员会"},
        names=[],
        actor=SYSTEM,
    )
    edit = plan_edit(
        chosen={"ids": [str(record.id)]}, element="题名", operation="append", value="（补）", actor=SYSTEM
    )
    return {
        "fonds_id": fonds.id, "record_id": record.id, "import_id": batch.id, "authority_id": authority.id,
        "edit_id": edit.id, "unit_id": record.id, "level": "item", "rule": "title",
    }  # fmt: skip


@pytest.fixture
def raised():
    """The last exception a view ended in, in words; requests leave the test's database connection alone."""
    told = []
    note = _noting(told)
    got_request_exception.connect(note)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield told
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    got_request_exception.disconnect(note)


def caller(who):
    """What somebody's browser sends along: a session, and the token of its pages."""
    if who == "anonymous":
        return {"headers": {}, "cookies": {}}
    at = factories.archive() if who == "preservation_archivist" else factories.agency()
    person = a_person(who, organisation=at, department=at.departments.first())
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    session, token = client.cookies["sessionid"].value, "k" * 32
    return {"headers": {"X-CSRFToken": token}, "cookies": {"sessionid": session, "csrftoken": token}}


@pytest.mark.services
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the in-process client leaves streamed answers open
@pytest.mark.requirement("S28")
def test_no_call_the_schema_allows_ends_in_a_server_error(things, raised):
    callers = {who: caller(who) for who in WHO}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 50
    for operation in operations:
        _try(operation, things, raised, callers)


def _try(operation, things, raised, callers):
    phases = [Phase.explicit, Phase.generate]
    bounds = {"max_examples": EXAMPLES, "deadline": None, "suppress_health_check": list(HealthCheck)}

    @settings(derandomize=True, database=None, phases=phases, **bounds)
    @given(case=operation.as_strategy(), who=st.sampled_from(WHO), known=st.booleans())
    def call(case, who, known):
        if known and case.path_parameters:
            case.path_parameters |= {n: str(things[n]) for n in case.path_parameters if n in things}
        sent = callers[who]
        headers = {**(case.headers or {}), **sent["headers"]}
        response = case.call(headers=headers, cookies=sent["cookies"])
        told = f"{who}: {operation.label} {case.path_parameters} {case.query} {case.body!r}: {raised}"
        assert response.status_code < 500 or response.status_code == 503, told

    call()


def _noting(raised):
    def note(sender, request, **_):
        raised[:] = traceback.format_exc().splitlines()[-12:]

    return note
