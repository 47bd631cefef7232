"""An office system with a key: it submits over HTTP, polls, repeats itself, and is slowed down."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD

from .conftest import picture, sign_in
from .region import write_package

pytestmark = pytest.mark.services


@pytest.mark.requirement("S22", "Z40", "Z57")
def test_an_office_system_submits_polls_and_repeats_itself(enter, house, tmp_path):
    page = enter("/")
    sign_in(page, "chenmo", PASSWORD)
    key = issued_key(page, "公文系统归档接口", 600)
    faulty, mended = (write_package(tmp_path, attachments=number, year=1996) for number in (2, 3))
    status, first = submit(house.url, key, "oa-1996-2", faulty)
    assert status == 202
    status, again = submit(house.url, key, "oa-1996-2", faulty)
    assert (status, again["id"]) == (200, first["id"])
    status, refused = submit(house.url, key, "oa-1996-2", mended)
    assert status == 409
    assert refused["remedy"]
    result = polled(house.url, key, first["id"])
    assert result["state"] == "returned"
    [finding] = [each for each in result["returned"][0]["findings"] if each["outcome"] == "fail"]
    assert finding["code"] == "GD-2-8"
    assert finding["remedy"] == "请补上缺少的附件。"
    assert result["receipt"]["seal"]["signature_b64"]
    page.goto(f"/desk/capture/{first['id']}/")
    expect(page.locator("main")).to_contain_text("接口")


def test_a_key_that_calls_too_often_is_told_when_to_come_back(enter, house):
    page = enter("/")
    sign_in(page, "chenmo", PASSWORD)
    key = issued_key(page, "试用", 3)
    answers = [ask(house.url, "/api/v1/submissions", key) for _call in range(4)]
    assert [status for status, _body, _headers in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1][2]["Retry-After"]) <= 20
    assert "频繁" in answers[-1][1]["message"]
    assert ask(house.url, "/api/v1/submissions", "ltk_aaaaaaaa_" + "a" * 40)[0] == 401


def issued_key(page: Page, label: str, rate: int) -> str:
    """A key from its page, where it is shown once."""
    page.goto("/desk/api-keys/new/")
    page.fill("input[name=label]", label)
    page.fill("input[name=rate_per_minute]", str(rate))
    page.fill("input[name=expires_at]", str(date.today() + timedelta(days=30)))  # noqa: DTZ011
    page.get_by_role("button", name="发密钥").click()
    picture(page, "50-key")
    return page.locator("output.told").inner_text()


def submit(url: str, key: str, idempotency_key: str, package: Path):
    """A package as ``curl -F package=@…`` sends it."""
    boundary = "----journey"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="package"; filename="{package.name}"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    ).encode()
    body += package.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Idempotency-Key": idempotency_key,
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    }
    return ask(url, "/api/v1/submissions", key, body, headers)[:2]


def polled(url: str, key: str, submission: str):
    """What became of a submission, asked until it is finished."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status, found, _headers = ask(url, f"/api/v1/submissions/{submission}", key)
        assert status == 200
        if found["finished"]:
            return found
        time.sleep(0.5)
    raise AssertionError("never finished")


def ask(url: str, path: str, key: str, body: bytes | None = None, headers: dict[str, str] | None = None):
    """Status, JSON body and headers of the answer."""
    request = urllib.request.Request(  # noqa: S310 - the house's own address
        f"{url}{path}", data=body, headers={"Authorization": f"Bearer {key}", **(headers or {})}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal), refusal.headers
