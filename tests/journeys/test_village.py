"""A village's clerk files papers with a phone 390 px wide: with a network, without one, with a bad one."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in

pytestmark = pytest.mark.services
TITLE = "渔樵村2026年第三季度村务公开表"
HELD = "async () => Boolean(await (await caches.open('lantai.village')).match(location.href))"
"""Whether the phone has the page."""
OFFLINE = ("渔樵村2026年集体资产分红表", "渔樵村2026年宅基地分配会议记录")


@pytest.mark.requirement("Z53", "Z58")
def test_a_village_clerk_files_a_paper_with_two_photographs(enter):
    page = at_the_form(enter)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    fill(page, TITLE, 1)
    picture(page, "village-form")
    page.reload()
    expect(page.locator(".pages li")).to_have_count(2)
    expect(page.get_by_label("这是什么")).to_have_value(TITLE)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)
    picture(page, "village-filed")
    page.goto("/desk/capture/village/")
    expect(page.locator(".pages li")).to_have_count(0)


@pytest.mark.timeout(180)
@pytest.mark.requirement("Z53", "Z58")
def test_papers_photographed_without_a_network_are_sent_once_when_it_returns(enter):
    page = at_the_form(enter)
    wait_until_held(page)
    before = handed_in(page)
    page.context.set_offline(True)
    page.goto("/desk/capture/village/")
    for number, title in enumerate(OFFLINE, 2):
        fill(page, title, number)
        page.get_by_role("button", name="提交").click()
        expect(page.locator("#waiting li")).to_have_count(number - 1)
        expect(page.locator(".pages li")).to_have_count(0)
    expect(page.locator(".paper .kept")).to_contain_text("没有网络")
    picture(page, "village-offline")
    page.reload()
    expect(page.locator("#waiting li")).to_have_count(2)
    spoil_answers(page)
    page.context.set_offline(False)
    expect(page.locator("#waiting li")).to_have_count(0, timeout=60_000)
    expect(page.locator(".paper .kept")).to_contain_text("都已交上")
    picture(page, "village-sent")
    page.reload()
    page.goto("/desk/capture/")
    for title in OFFLINE:
        expect(page.locator("main .list li", has_text=title)).to_have_count(1)
        page.get_by_role("link", name=title).click()
        expect(page.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)
        page.go_back()
    assert handed_in(page) == before + len(OFFLINE)


def at_the_form(enter):
    page = enter("/", width=NARROW)
    sign_in(page, "cunwen", PASSWORD)
    page.get_by_role("link", name="拍照归档").first.click()
    page.wait_for_url("**/desk/capture/village/")
    return page


def wait_until_held(page) -> None:
    """Until the phone has the page and its worker rules it."""
    for _attempt in range(300):
        if page.evaluate(HELD):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page was not kept in the phone")


def fill(page, title: str, number: int) -> None:
    for place in (1, 2):
        page.set_input_files("#id_camera", [photo(f"page-{place}.jpg", number * place)])
    expect(page.locator(".pages li")).to_have_count(2)
    page.get_by_label("这是什么").fill(title)
    page.get_by_label("纸上的日期").fill("2026年10月8日")
    page.get_by_label("哪一类").select_option("public")


def spoil_answers(page) -> None:
    """The network that returns is a bad one: one piece and one answer of the server are lost."""
    lost = {"pieces": 0, "answers": 0}

    def piece(route):
        lost["pieces"] += route.request.method == "PATCH"
        if route.request.method == "PATCH" and lost["pieces"] == 1:
            return route.abort()
        return route.continue_()

    def answer(route):
        if route.request.method != "POST":
            return route.continue_()
        lost["answers"] += 1
        if lost["answers"] > 1:
            return route.continue_()
        route.fetch()  # the server takes it, the phone never learns
        return route.abort()

    page.route("**/api/v1/uploads/**", piece)
    page.route("**/desk/capture/village/", answer)


def handed_in(page) -> int:
    """How many papers the village has handed in, by its own list."""
    text = page.request.get("/desk/capture/").text()
    return text.count("村里拍照")


def photo(name: str, number: int) -> dict[str, object]:
    """A paper on a table, as a phone sees it."""
    image = Image.new("RGB", (1200, 1600), "#8a7f70")
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 110, 1110, 1500), fill="#f4f1ea")
    for line in range(22):
        draw.line((170, 240 + line * 52, 980 - (line * 37 * number) % 260, 240 + line * 52), "#3a3a3a", 9)
    output = io.BytesIO()
    image.save(output, "JPEG", quality=85)
    return {"name": name, "mimeType": "image/jpeg", "buffer": output.getvalue()}
