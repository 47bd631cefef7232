"""One record from a clerk's upload to a citizen's phone, every step on the real pages."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in
from .region import TITLE, write_package

pytestmark = pytest.mark.services
WORK_MS = 60_000
"""How long the worker may take over a package of one record."""


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def link(page: Page, name: str):
    return page.get_by_role("link", name=name, exact=True)


def follow(page: Page, name: str) -> None:
    """Through the header, as people go."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name=name, exact=True).click()


@pytest.mark.timeout(300)
@pytest.mark.requirement("Z1", "Z3", "S5")
def test_a_record_goes_from_the_clerk_to_the_citizen(enter, tmp_path):
    clerk = enter("/")
    sign_in(clerk, "linlan", PASSWORD)
    send_and_mend(clerk, tmp_path)
    archivist = enter("/")
    sign_in(archivist, "chenmo", PASSWORD)
    archivist.goto(clerk.url)
    sign_what_waits(archivist, "查看报告")
    number_and_fix(archivist)
    hand_over(archivist)
    receiver = enter("/")
    sign_in(receiver, "zhouting", PASSWORD)
    receive(receiver)
    reviewer = enter("/")
    sign_in(reviewer, "shenqiu", PASSWORD)
    open_record(reviewer)
    citizen = enter("/", width=NARROW)
    find_and_read(citizen)
    prove(citizen, tmp_path)


def send_and_mend(page: Page, folder) -> None:
    follow(page, "归档")
    link(page, "新建归档").click()
    page.set_input_files("#package-package", write_package(folder, attachments=2))
    picture(page, "01-new")
    button(page, "提交归档包").click()
    expect(page.locator("#progress")).to_be_visible()
    picture(page, "02-progress")
    expect(page.get_by_role("heading", name="退回的件")).to_be_visible(timeout=WORK_MS)
    picture(page, "03-returned")
    expect(page.locator("main")).to_contain_text("1 件都退回了，原因和改法列在下面。")
    expect(page.locator("main .list")).to_contain_text("附件")
    expect(page.locator("main .list")).to_contain_text(re.compile("应为：3.*实为：2"))
    link(page, "改好后再交").click()
    page.set_input_files("#package-package", write_package(folder, attachments=3))
    button(page, "提交归档包").click()
    expect(page.locator("main")).to_contain_text("1 件全部归档。", timeout=WORK_MS)
    picture(page, "04-accepted")


def sign_what_waits(page: Page, report: str) -> None:
    """Without a virus scanner a person says that the files were scanned."""
    link(page, report).click()
    picture(page, "05-report")
    while (waiting := button(page, "签署")).count():
        page.get_by_role("radio", name="通过", exact=True).first.check()
        page.get_by_role("textbox", name="怎样检测的").first.fill(
            "在离线的机器上用杀毒软件扫描过，没有病毒。"
        )
        waiting.first.click()
        page.wait_for_load_state()
    expect(page.locator("main")).not_to_contain_text("等您签署")


def number_and_fix(page: Page) -> None:
    follow(page, "整理编号")
    picture(page, "06-arrangements")
    page.get_by_role("row", name="1998").get_by_role("link").click()
    picture(page, "07-arrangement")
    button(page, "排列并编预号").click()
    expect(page.get_by_role("row", name=TITLE)).to_contain_text("Z037-WS·1998")
    picture(page, "08-numbered")
    button(page, "定号").click()
    expect(page.locator("main")).to_contain_text("1 件已全部定号。")


def hand_over(page: Page) -> None:
    follow(page, "移交")
    picture(page, "09-handovers")
    page.locator("aside dt", has_text="Z037 · 1998").locator("+ dd a").click()
    picture(page, "10-prepare")
    for field in page.locator("main form.form textarea").all():
        field.fill("没有需要另外说明的。")
    button(page, "列出移交清单").click()
    expect(page.get_by_role("row", name=TITLE)).to_be_visible()
    picture(page, "11-draft")
    button(page, "签章移交").click()
    expect(page.locator("main")).to_contain_text("移交单位印章有效")


def receive(page: Page) -> None:
    follow(page, "接收")
    picture(page, "12-waiting")
    page.locator("main .list li", has_text="待接收").get_by_role("link").first.click()
    handover = page.url
    button(page, "接收").click()
    done = page.get_by_text("移交已办结，件号已锁定，双方已签章。")
    waits = page.get_by_text("接收检测有待人工签署的项目，签署后再接收。")
    expect(done.or_(waits)).to_be_visible(timeout=WORK_MS)
    if waits.count():
        sign_what_waits(page, "接收检测报告")
        page.goto(handover)
        button(page, "接收").click()
    expect(done).to_be_visible(timeout=WORK_MS)
    expect(page.locator("main")).to_contain_text("接收单位印章有效")
    picture(page, "13-received")
    link(page, "查看").click()
    expect(page.locator("main, body").first).to_contain_text("接收单位")
    picture(page, "14-register")


def open_record(page: Page) -> None:
    follow(page, "开放审核")
    page.get_by_role("checkbox", name=TITLE).check()
    picture(page, "15-queue")
    button(page, "开放选中的档案").click()
    expect(page.get_by_role("checkbox", name=TITLE)).to_have_count(0)


def find_and_read(page: Page) -> None:
    picture(page, "20-home")
    for _attempt in range(20):
        page.goto("/")
        page.get_by_role("combobox", name="查档").fill("下沙塘闸 竣工验收")
        button(page, "查档").click()
        if link(page, TITLE).count():
            break
        page.wait_for_timeout(500)
    picture(page, "21-results")
    with page.expect_response(re.compile("/documents/")) as drawn:
        link(page, TITLE).click()
    assert drawn.value.headers["content-type"] == "image/jpeg", "the page on which the words stand"
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    picture(page, "22-record")
    with page.expect_response(re.compile("/documents/")) as paper:
        page.goto(page.url.partition("?")[0])
    assert paper.value.headers["content-type"] == "application/pdf"
    part = page.request.get(paper.value.url, headers={"Range": "bytes=0-4"})
    assert (part.status, part.body()) == (206, b"%PDF-")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


def prove(page: Page, folder) -> None:
    link(page, "如何证明它是真的").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("未被改动。")
    picture(page, "23-genuine")
    with page.expect_download() as download:
        page.locator("#proof").get_by_role("link", name="下载存证证明").click()
    kept = folder / "proof.json"
    download.value.save_as(kept)
    link(page, "出证验真").click()
    verify(page, kept, "这份证明成立。")
    picture(page, "24-verified")
    proof = json.loads(kept.read_text(encoding="utf-8"))
    proof["leaf"]["act"] = "opening.postpone"
    kept.write_text(json.dumps(proof, ensure_ascii=False), encoding="utf-8")
    verify(page, kept, "这份证明不成立。")
    picture(page, "25-refused")


def verify(page: Page, proof, told: str) -> None:
    page.set_input_files("main input[type=file]", proof)
    button(page, "核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(told)
