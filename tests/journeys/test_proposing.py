"""Zhou Ting has a description proposed from the text, sees where each word stands, takes one over and refuses one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, WIDE, picture, sign_in

pytestmark = pytest.mark.services
WORK_MS = 30_000


@pytest.mark.requirement("Z61")
def test_what_a_text_says_is_proposed_with_its_place_and_stands_only_once_a_person_took_it(enter, house):
    archivist = enter("/")
    sign_in(archivist, "zhouting", PASSWORD)
    archivist.goto(house.at["held"])
    archivist.get_by_role("link", name="从文字提出著录建议").click()
    archivist.get_by_role("button", name="读文字，提出建议").click()
    waiting = archivist.locator("main .list li").filter(
        has=archivist.get_by_role("button", name="采纳", exact=True)
    )
    expect(waiting.first.locator("mark")).to_be_visible(timeout=WORK_MS)
    for width in (NARROW, WIDE):
        archivist.set_viewport_size({"width": width, "height": 900})
        picture(archivist, f"proposals-{width}")
        assert archivist.evaluate("document.documentElement.scrollWidth") <= width
    proposed = waiting.count()
    place = waiting.filter(has_text="地名").first
    words = place.locator("input[name=value]").input_value()
    assert words in (place.locator("mark").text_content() or "")
    expect(archivist.locator("aside dl, aside .facts").first).not_to_contain_text(
        re.compile(rf"地名\s*{words}")
    )
    place.get_by_role("button", name="采纳", exact=True).click()
    expect(archivist.get_by_role("heading", name="处理过的")).to_be_visible()
    expect(archivist.locator("aside")).to_contain_text(words)
    assert waiting.count() == proposed - 1
    assert proposed > 1
    waiting.first.get_by_role("button", name="不采纳").click()
    expect(archivist.locator("main")).to_contain_text("不采纳，以后不再建议。")
    assert waiting.count() == proposed - 2
