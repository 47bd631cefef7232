"""The record office hands over; the archive returns one item, which is mended, compared and handed over again."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD
from lantai.formats.api import extract_text

from .conftest import picture, sign_in
from .region import write_numbered_package
from .test_first_road import WORK_MS, button, follow, link, sign_what_waits

pytestmark = pytest.mark.services
YEAR = 1996
REASON = "责任者写错，应与落款一致。"


@pytest.mark.timeout(300)
@pytest.mark.requirement("Z5")
def test_one_item_is_returned_mended_and_handed_over_again(enter, tmp_path):
    keeper, receiver = enter("/"), enter("/")
    sign_in(keeper, "chenmo", PASSWORD)
    sign_in(receiver, "zhouting", PASSWORD)
    file_a_year(keeper, tmp_path)
    first = hand_over(keeper, 2)
    returned = return_one(receiver, first)
    receive(receiver, first, "其中 1 件退回移交单位更正。")
    mend(keeper, returned)
    second = hand_over(keeper, 1)
    receive(receiver, second, "1 件移交已办结")
    picture(receiver, "transfer-received")
    see_what_changed(receiver, returned)
    take_register_and_receipt(receiver, second, tmp_path)


def file_a_year(page: Page, folder) -> None:
    page.goto("/desk/capture/new/")
    package = write_numbered_package(folder, [1, 2], attachments=3, year=YEAR)
    page.set_input_files("#package-package", package)
    button(page, "提交归档包").click()
    expect(page.locator("main")).to_contain_text("全部归档。", timeout=WORK_MS)
    sign_what_waits(page, "查看报告")
    follow(page, "整理编号")
    page.get_by_role("row", name=str(YEAR)).get_by_role("link").click()
    button(page, "排列并编预号").click()
    button(page, "定号").click()
    expect(page.locator("main")).to_contain_text("已全部定号。")


def hand_over(page: Page, count: int) -> str:
    """Hands over what of the year is ready; where it stands then."""
    follow(page, "移交")
    page.locator("aside dt", has_text=f"Z037 · {YEAR}").locator("+ dd a").click()
    for field in page.locator("main form.form textarea").all():
        field.fill("没有需要另外说明的。")
    button(page, "列出移交清单").click()
    expect(page.locator("main")).to_contain_text(f"清单共 {count} 件")
    button(page, "签章移交").click()
    expect(page.locator("main")).to_contain_text("移交单位印章有效")
    return page.url


def return_one(page: Page, handover: str) -> str:
    """Returns the first item with a reason; what it is called."""
    page.goto(handover)
    row = page.locator("main tbody tr").first
    code = row.locator(".code").first.inner_text()
    row.get_by_role("checkbox").check()
    page.locator("#return-items textarea").fill(REASON)
    picture(page, "transfer-returning")
    button(page, "退回勾选的件").click()
    expect(page.locator("main tbody tr").first).to_contain_text("已退回")
    return code


def receive(page: Page, handover: str, told: str) -> None:
    page.goto(handover)
    button(page, "接收").click()
    done = page.get_by_text(told)
    waits = page.get_by_text("接收检测有待人工签署的项目，签署后再接收。")
    expect(done.or_(waits)).to_be_visible(timeout=WORK_MS)
    if waits.count():
        sign_what_waits(page, "接收检测报告")
        page.goto(handover)
        button(page, "接收").click()
    expect(done).to_be_visible(timeout=WORK_MS)


def mend(page: Page, code: str) -> None:
    page.goto("/desk/transfer/corrections/")
    item = page.locator("main .list li", has_text=code)
    expect(item).to_contain_text(REASON)
    item.get_by_role("link").first.click()
    correction = page.url
    link(page, "修改著录").click()
    page.get_by_label("责任者").first.fill("东屿市水利局办公室")
    button(page, "保存").click()
    page.goto(correction)
    expect(page.get_by_role("row", name="责任者")).to_contain_text("东屿市水利局办公室")
    page.locator("main form.form textarea").last.fill("已按落款更正。")
    button(page, "记下说明").click()
    picture(page, "transfer-correction")


def see_what_changed(page: Page, code: str) -> None:
    """What was handed over first stands beside what came the second time."""
    page.goto("/desk/transfer/corrections/?done=1")
    page.locator("main .list li", has_text=code).get_by_role("link").first.click()
    row = page.get_by_role("row", name="责任者")
    expect(row).to_contain_text("东屿市水利局")
    expect(row).to_contain_text("东屿市水利局办公室")
    expect(page.locator("main")).to_contain_text("已重新移交")


def take_register_and_receipt(page: Page, handover: str, folder) -> None:
    page.goto(handover)
    expect(page.locator("aside")).to_contain_text("移交单位印章有效")
    expect(page.locator("aside")).to_contain_text("接收单位印章有效")
    register = folder / "register.pdf"
    printed = page.request.get(link(page, "PDF").get_attribute("href"))
    assert printed.headers["content-type"] == "application/pdf"
    register.write_bytes(printed.body())
    words = "".join("".join(extract_text(register)).split())
    assert "东屿市水务局" in words
    assert "电子档案移交与接收登记表" in words
    receipt = json.loads(page.request.get(link(page, "接收回执").get_attribute("href")).text())
    assert receipt["facts"]["state"] == "received"
    assert receipt["facts"]["acceptance"]["receiver"]["organisation"] == "东屿市档案馆"
