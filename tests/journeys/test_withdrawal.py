"""A record that is withdrawn is out of everybody's sight within seconds."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD

from .conftest import picture, sign_in

pytestmark = pytest.mark.services
WITHIN_S = 10.0


@pytest.mark.requirement("S12")
def test_a_withdrawn_record_is_gone_from_search_page_and_document(enter, house):
    path = house.at["to_withdraw"]
    citizen = enter("/")
    with citizen.expect_response(re.compile("/documents/")) as paper:
        citizen.goto(path)
    document = paper.value.url
    title = citizen.get_by_role("heading", level=1).inner_text()
    assert found(citizen, title) == [path]
    withdraw(enter("/"), title)
    deadline = time.monotonic() + WITHIN_S
    while found(citizen, title) and time.monotonic() < deadline:
        citizen.wait_for_timeout(200)
    assert found(citizen, title) == []
    assert citizen.request.get(document).status == 404
    assert citizen.request.get(document, headers={"Range": "bytes=0-9"}).status == 404
    answer = citizen.goto(path)
    assert answer.status == 404
    assert title not in citizen.content()
    picture(citizen, "31-withdrawn")
    assert time.monotonic() < deadline


def found(page: Page, title: str) -> list[str]:
    """What the public search finds by the whole title."""
    page.goto(f"/search?q=“{title}”")
    return page.locator("main .list a.title").evaluate_all("links => links.map(link => link.pathname)")


def withdraw(page: Page, title: str) -> None:
    """By another reviewer than the one who opened it."""
    sign_in(page, "hehua", PASSWORD)
    page.goto("/desk/opening/decisions/")
    page.get_by_role("link", name=title, exact=True).first.click()
    page.get_by_role("textbox").last.fill("正文第二页有个人住址，先撤回核对。")
    picture(page, "30-decision")
    page.get_by_role("button", name="撤回这项决定").click()
    expect(page.locator("main")).to_contain_text("撤回")
