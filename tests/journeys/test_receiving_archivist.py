"""The receiving archivist: a package arrives, one item of it is damaged and goes back alone, the rest stays.

What was damaged is mended by its record office, handed over again, compared with what came first, and
received; the register and the receipt carry both seals.
"""

from __future__ import annotations

import json
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD
from lantai.formats.api import extract_text

from .conftest import picture, sign_in
from .region import AGENCY, write_numbered_package
from .test_first_road import WORK_MS, button, follow, link, sign_what_waits

pytestmark = pytest.mark.services
YEAR = 1996
REASON = "正文与移交的数字摘要不符，请换成原来的文件；责任者应与落款一致。"


@pytest.mark.timeout(300)
@pytest.mark.requirement("Z5", "S19")
def test_a_damaged_item_goes_back_alone_and_is_compared_when_it_comes_again(enter, house, tmp_path):
    keeper, receiver = enter("/"), enter("/")
    sign_in(keeper, "chenmo", PASSWORD)
    sign_in(receiver, "zhouting", PASSWORD)
    sound = file_a_year(keeper, tmp_path)
    first = hand_over(keeper, 2)
    damage(house, sound)
    see_findings(receiver)
    returned = return_one(receiver)
    receive(receiver, first, "其中 1 件退回移交单位更正。")
    mend(keeper, returned, sound)
    second = hand_over(keeper, 1)
    receive(receiver, second, "1 件移交已办结")
    see_what_changed(receiver, returned)
    take_register_and_receipt(receiver, second, tmp_path)


def file_a_year(page: Page, folder) -> bytes:
    """Two records of a year, numbered and fixed; the body of the second."""
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
    with zipfile.ZipFile(package) as opened:
        return opened.read(next(name for name in opened.namelist() if name.endswith("0002/正文.pdf")))


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


def damage(house, sound: bytes) -> None:
    """A bit turns over on the agency's disk, after the register was sealed."""
    files = (house.home / "holdings" / AGENCY).rglob("*.pdf")
    path = next(path for path in files if path.read_bytes() == sound)
    path.chmod(0o644)
    path.write_bytes(sound[:-2] + bytes([sound[-2] ^ 1]) + sound[-1:])


def see_findings(page: Page) -> None:
    """She is told that something came, has it inspected before accepting anything, and reads the report."""
    follow(page, "接收")
    page.locator("main .list li", has_text="待接收").get_by_role("link").first.click()
    handover = page.url
    button(page, "先检测").click()
    expect(page.get_by_text(re.compile("检测完了|待人工签署"))).to_be_visible(timeout=WORK_MS)
    damaged = page.locator("main tbody tr", has_text="YJ-1-1")
    expect(damaged).to_have_count(1)
    expect(damaged).to_contain_text("固化信息有效性检测")
    picture(page, "receiving-findings")
    link(page, "接收检测报告").click()
    expect(page.locator("main")).to_contain_text("共 2 件，1 件合格，1 件要改好再交。")
    expect(page.locator("main")).to_contain_text("YJ-1-1")
    picture(page, "receiving-report")
    page.goto(handover)


def return_one(page: Page) -> str:
    """Returns the damaged item with a reason; its reference code."""
    row = page.locator("main tbody tr", has_text="YJ-1-1")
    code = row.locator(".code").first.inner_text()
    row.get_by_role("checkbox").check()
    page.locator("#return-items textarea").fill(REASON)
    picture(page, "receiving-returning")
    button(page, "退回勾选的件").click()
    expect(page.locator("main tbody tr", has_text=code)).to_contain_text("已退回")
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


def mend(page: Page, code: str, sound: bytes) -> None:
    page.goto("/desk/transfer/corrections/")
    item = page.locator("main .list li", has_text=code)
    expect(item).to_contain_text(REASON)
    item.get_by_role("link").first.click()
    correction = page.url
    fold = page.locator("details", has_text="换掉“正文.pdf”")
    fold.locator("summary").click()
    fold.get_by_label("更正后的文件").set_input_files(
        {"name": "正文.pdf", "mimeType": "application/pdf", "buffer": sound + b"\n"}
    )
    button(fold, "换文件").click()
    expect(page.locator("main")).to_contain_text("文件已换")
    link(page, "修改著录").click()
    page.get_by_label("责任者").first.fill("东屿市水利局办公室")
    button(page, "保存").click()
    page.goto(correction)
    expect(page.get_by_role("row", name="责任者")).to_contain_text("东屿市水利局办公室")
    page.locator("main form.form textarea").last.fill("已换回原文件，责任者按落款更正。")
    button(page, "记下说明").click()
    picture(page, "receiving-correction")


def see_what_changed(page: Page, code: str) -> None:
    """What was handed over first stands beside what came the second time."""
    page.goto("/desk/transfer/corrections/?done=1")
    page.locator("main .list li", has_text=code).get_by_role("link").first.click()
    row = page.get_by_role("row", name="责任者")
    expect(row).to_contain_text("东屿市水利局")
    expect(row).to_contain_text("东屿市水利局办公室")
    digests = page.get_by_role("row", name="第 1 个文件").locator("td").all_inner_texts()
    assert len(digests) == 2
    assert digests[0] != digests[1]
    expect(page.locator("main")).to_contain_text("已重新移交")
    picture(page, "receiving-compared")


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
    assert receipt["seal"]["signature_b64"]
