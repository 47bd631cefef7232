"""A village's clerk files a paper with two photographs, on a phone 390 px wide."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in

pytestmark = pytest.mark.services
TITLE = "渔樵村2026年第三季度村务公开表"


@pytest.mark.requirement("Z58")
def test_a_village_clerk_files_a_paper_with_two_photographs(enter):
    page = enter("/", width=NARROW)
    sign_in(page, "cunwen", PASSWORD)
    page.get_by_role("link", name="拍照归档").first.click()
    page.wait_for_url("**/desk/capture/village/")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    page.set_input_files("#id_camera", [photo("page-1.jpg", 1)])
    page.set_input_files("#id_camera", [photo("page-2.jpg", 2)])
    expect(page.locator(".pages li")).to_have_count(2)
    page.get_by_label("这是什么").fill(TITLE)
    page.get_by_label("纸上的日期").fill("2026年10月8日")
    page.get_by_label("哪一类").select_option("public")
    picture(page, "village-form")
    page.reload()
    expect(page.locator(".pages li")).to_have_count(2)
    expect(page.get_by_label("这是什么")).to_have_value(TITLE)
    page.context.set_offline(True)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".paper .kept")).to_contain_text("没有网络")
    page.context.set_offline(False)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)
    picture(page, "village-filed")
    page.goto("/desk/capture/village/")
    expect(page.locator(".pages li")).to_have_count(0)


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
