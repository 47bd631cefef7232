"""“附件说明列3件，实收2件；件号缺0017” comes back, is corrected, arranged and printed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD
from lantai.formats.api import extract_text

from .conftest import picture, sign_in
from .region import write_numbered_package
from .test_first_road import WORK_MS, button, follow, link

pytestmark = pytest.mark.services
YEAR = 1997
FORMS = ("归档文件目录", "备考表（定稿）", "盒脊")


@pytest.mark.timeout(240)
@pytest.mark.requirement("Z1", "Z41")
def test_what_does_not_count_up_comes_back_and_is_printed_once_it_does(enter, tmp_path):
    keeper = enter("/")
    sign_in(keeper, "chenmo", PASSWORD)
    send_short(keeper, tmp_path)
    send_whole(keeper, tmp_path)
    number_and_fix(keeper)
    write_note(keeper)
    second = enter("/")
    sign_in(second, "luping", PASSWORD)
    check_note(second, keeper.url)
    print_forms(keeper, tmp_path)


def send_short(page: Page, folder) -> None:
    follow(page, "归档")
    link(page, "新建归档").click()
    page.set_input_files(
        "#package-package", write_numbered_package(folder, [16, 18], attachments=2, year=YEAR)
    )
    button(page, "提交归档包").click()
    expect(page.get_by_role("heading", name="退回的件")).to_be_visible(timeout=WORK_MS)
    picture(page, "counting-returned")
    main = page.locator("main")
    expect(main).to_contain_text(re.compile("应为：3.*实为：2"))
    expect(main).to_contain_text(re.compile("0*17"))


def send_whole(page: Page, folder) -> None:
    link(page, "改好后再交").click()
    package = write_numbered_package(folder, [16, 17, 18], attachments=3, year=YEAR)
    page.set_input_files("#package-package", package)
    button(page, "提交归档包").click()
    expect(page.locator("main")).to_contain_text("全部归档。", timeout=WORK_MS)


def number_and_fix(page: Page) -> None:
    follow(page, "整理编号")
    page.get_by_role("row", name=str(YEAR)).get_by_role("link").click()
    button(page, "排列并编预号").click()
    button(page, "定号").click()
    expect(page.locator("main")).to_contain_text("已全部定号。")


def write_note(page: Page) -> None:
    """The one who arranged writes what lies in the box, and why any number is missing."""
    page.goto(page.url.rstrip("/") + "/note/")
    while (gap := page.get_by_label("空号原因")).count():
        gap.first.fill("此前的件号属于旧目录，不再使用。")
        button(page, "记入").first.click()
        page.wait_for_load_state()
    page.get_by_label("盒内文件情况说明").fill("盒内文件三件，附件齐全，无破损。")
    button(page, "保存情况说明").click()
    expect(page.locator("main")).to_contain_text("请另一人检查")


def check_note(page: Page, address: str) -> None:
    """Somebody else compares it with the box."""
    page.goto(address)
    button(page, "我已检查").click()
    expect(page.locator("main")).to_contain_text("备考表可以定稿打印")
    picture(page, "counting-note")


def print_forms(page: Page, folder) -> None:
    page.goto(page.url.replace("/note/", "/prints/"))
    picture(page, "counting-prints")
    printed = {}
    for form in FORMS:
        answer = page.request.get(link(page, form).first.get_attribute("href"))
        assert answer.status == 200, form
        printed[form] = folder / f"{form}.pdf"
        printed[form].write_bytes(answer.body())
    catalogue, note, spine = ("".join("\n".join(extract_text(printed[form])).split()) for form in FORMS)
    assert "全宗：Z037东屿市水务局年度：1997保管期限：永久" in catalogue
    assert "盒内文件三件，附件齐全，无破损。" in note
    assert "草稿" not in note
    assert "陈墨" in note
    assert "陆平" in note
    assert "Z037" in spine
