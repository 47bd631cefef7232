from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid

from ..keys import Refused, admit, digest_secret, make_key
from ..middleware import ActorMiddleware
from ..models import ApiKey
from ..selectors import person_actor
from ..services.api_keys import issue_api_key, revoke_api_key
from .factories import a_person_as, an_agency

pytestmark = pytest.mark.django_db


def a_key(**given) -> tuple[ApiKey, str]:
    return issue_api_key(**({"organisation": an_agency(), "label": "办公系统"} | given), actor=SYSTEM)


def ask(text: str) -> tuple[HttpResponse, HttpRequest]:
    request = RequestFactory().get("/api/v1/openapi.json", headers={"Authorization": f"Bearer {text}"})
    return ActorMiddleware(lambda _request: HttpResponse("inside"))(request), request


@pytest.mark.requirement("Z57")
def test_a_key_acts_for_its_agency():
    key, text = a_key()
    answer, request = ask(text)
    assert answer.content == b"inside"
    assert request.actor.id == f"key:{key.prefix}"
    assert request.actor.roles == {"clerk"}
    assert request.actor.organisation_id == key.organisation_id
    assert request.actor.via == "api"


def test_the_key_itself_is_kept_nowhere():
    key, text = a_key()
    stored = [str(value) for value in ApiKey.objects.values_list().get()]
    assert all(text not in value and text.split("_")[2] not in value for value in stored)
    assert key.digest == digest_secret(text)
    assert len(text.split("_")[2]) * 5 >= 128


@pytest.mark.parametrize("wrong", ["", "ltk_", "xyz", "ltk_abcdefgh_nonsense", "ltk_a_b_c"])
def test_a_key_that_does_not_exist_is_refused(wrong):
    answer, _request = ask(wrong)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "接口密钥" in answer.content.decode()


def test_the_prefix_alone_opens_nothing():
    key, text = a_key()
    assert ask(text[:-1] + ("a" if text[-1] != "a" else "b"))[0].status_code == 401
    assert ask(f"ltk_{key.prefix}_{key.digest}")[0].status_code == 401


def test_a_revoked_or_expired_key_and_that_of_a_closed_agency_are_refused():
    revoked, revoked_text = a_key()
    revoke_api_key(key=revoked, actor=SYSTEM)
    expired, expired_text = a_key()
    ApiKey.objects.filter(id=expired.id).update(expires_at=timezone.now())
    closed, closed_text = a_key()
    closed.organisation.active = False
    closed.organisation.save()
    for text, why in ((revoked_text, "作废"), (expired_text, "过期"), (closed_text, "停用")):
        answer, _request = ask(text)
        assert answer.status_code == 401
        assert why in answer.content.decode()
    with pytest.raises(Conflict):
        revoke_api_key(key=revoked, actor=SYSTEM)


def test_a_key_that_calls_too_often_is_told_when_to_come_back():
    _key, text = a_key(rate_per_minute=3)
    assert [ask(text)[0].status_code for _index in range(4)] == [200, 200, 200, 429]
    answer, _request = ask(text)
    assert 1 <= int(answer["Retry-After"]) <= 21
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=int(answer["Retry-After"])))
    assert ask(text)[0].status_code == 200


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_no_minute_and_no_pattern_of_calls_beats_the_rate(rate, gaps_s):
    """A token bucket: over any stretch, at most its size plus what flowed in."""
    _prefix, text, digest = make_key()
    start = now = timezone.now()
    key = ApiKey.objects.create(
        organisation=an_agency(),
        label="办公系统",
        prefix=text.split("_")[1],
        digest=digest,
        rate_per_minute=rate,
        tokens=rate,
        expires_at=start + timedelta(days=1),
        created_at=start,
        created_by="system",
    )
    admitted = 0
    for gap_s in gaps_s:
        now += timedelta(seconds=gap_s)
        answer = admit(text, now)
        if isinstance(answer, Refused):
            assert isinstance(admit(text, now + timedelta(seconds=answer.retry_after_s)), ApiKey)
            now += timedelta(seconds=answer.retry_after_s)
        admitted += 1
    elapsed_s = (now - start).total_seconds()
    assert admitted <= rate + elapsed_s * rate / 60 + 1e-6
    key.delete()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"label": " "}, "用途"),
        ({"role": "system_officer"}, "业务角色"),
        ({"rate_per_minute": 0}, "每分钟"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "有效期"),
        ({"expires_at": timezone.now() + timedelta(days=800)}, "有效期"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_issued(wrong, why):
    with pytest.raises(Invalid, match=why):
        a_key(**wrong)
    assert not ApiKey.objects.exists()


def test_keys_are_issued_within_reach():
    archivist = a_person_as("record_archivist")
    issue_api_key(organisation=archivist.organisation, label="自家", actor=person_actor(archivist))
    with pytest.raises(Forbidden):
        issue_api_key(organisation=an_agency(), label="别家", actor=person_actor(archivist))
    clerk = a_person_as("clerk")
    with pytest.raises(Forbidden):
        issue_api_key(organisation=clerk.organisation, label="文书", actor=person_actor(clerk))
