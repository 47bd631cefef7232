"""A clerk files a box of mail and reads a conversation; captures a site and reads it when it is gone."""

from __future__ import annotations

import mailbox
import re

import pytest
from playwright.sync_api import expect

from lantai.capture.tests.sites import site
from lantai.capture.tests.test_mail_channel import letter
from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in

pytestmark = pytest.mark.services


@pytest.mark.requirement("S18")
def test_a_clerk_files_mail_and_a_site_and_reads_both(enter, house, tmp_path):
    first = letter(html='<p>请安排值班。</p><img src="cid:one@here"><img src="http://spy.example/a.png">')
    second = letter(subject="Re: 关于防汛值班的通知", answers=first)
    box = mailbox.mbox(tmp_path / "六月.mbox")
    box.add(first)
    box.add(second)
    box.close()
    page = enter("/")
    sign_in(page, "linlan", PASSWORD)
    _file_mail(page, tmp_path / "六月.mbox")
    with site(house.neighbour_port) as address:
        _capture(page, address)
    _read_after_the_site_is_gone(page)


def _file_mail(page, path):
    page.goto("/desk/capture/mail/")
    picture(page, "mail-form")
    page.set_input_files("input[name=files]", path)
    page.get_by_label("保管期限").fill("30年")
    page.get_by_role("button", name="提交邮件").click()
    expect(page.get_by_text("2 件全部归档")).to_be_visible(timeout=60_000)
    page.goto("/desk/records/")
    page.get_by_role("link", name="关于防汛值班的通知", exact=True).first.click()
    frame = page.frame_locator("iframe.replay-frame")
    expect(frame.get_by_text("请安排值班。")).to_be_visible()
    expect(frame.locator("img").first).to_have_js_property("naturalWidth", 40)
    expect(page.locator(".conversation li")).to_have_count(2, timeout=15_000)
    picture(page, "mail-record")


def _capture(page, address):
    page.goto("/desk/capture/web/")
    picture(page, "web-form")
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("网址").fill(f"{address}/")
    page.get_by_label("采集范围").select_option("1")
    page.get_by_role("button", name="采集并归档").click()
    page.wait_for_url("**/desk/jobs/**")
    expect(page.get_by_role("status")).to_contain_text("完成", timeout=60_000)
    page.goto("/desk/capture/")
    page.get_by_role("link", name=f"{address}/").first.click()
    expect(page.get_by_text("1 件全部归档")).to_be_visible(timeout=60_000)


def _read_after_the_site_is_gone(page):
    page.goto("/desk/records/")
    page.get_by_role("link", name="云州市人民政府公告").first.click()
    page.get_by_role("link", name="按采集时的样子查看").click()
    frame = page.frame_locator("iframe.replay-frame")
    expect(frame.get_by_role("heading", name="公告")).to_be_visible()
    for name in ("one", "two"):
        expect(frame.locator(f"#{name}")).to_have_js_property("naturalWidth", 40)
    expect(frame.locator("#head")).to_have_css("color", "rgb(1, 2, 3)")
    expect(frame.locator("#three")).to_have_css("background-image", re.compile("three[.]png"))
    picture(page, "web-replay")
    # Not clicked: what Playwright leaves in a frame would run at a click, and none may run there.
    page.goto(frame.get_by_role("link", name="搬走的").get_attribute("href"))
    expect(page.get_by_text("第二页正文")).to_be_visible()
