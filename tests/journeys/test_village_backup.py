"""A village keeps its own papers a second time, from a phone 390 px wide, and takes them back whole."""

from __future__ import annotations

import hashlib
import zipfile

import pytest
from playwright.sync_api import expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in
from .test_village import photo

pytestmark = pytest.mark.services
TITLE = "渔樵村2026年村务公开资料"


@pytest.mark.requirement("Z38")
def test_a_village_sends_a_backup_and_takes_it_back_byte_for_byte(enter, tmp_path):
    page = enter("/", width=NARROW)
    sign_in(page, "cunwen", PASSWORD)
    page.goto("/desk/villages/")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    sent = [photo("公开栏.jpg", 1), photo("会议记录.jpg", 2)]
    page.set_input_files("#id_files", sent)
    page.get_by_label("这是什么").fill(TITLE)
    picture(page, "village-backup-form")
    page.get_by_role("button", name="上传备份").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible(timeout=30_000)
    expect(page.get_by_text("回执签章有效")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    picture(page, "village-backup")
    with page.expect_download() as download:
        page.get_by_role("button", name="取回全部文件").click()
    taken = tmp_path / "back.zip"
    download.value.save_as(taken)
    with zipfile.ZipFile(taken) as held:
        got = {name.partition("-")[2]: held.read(name) for name in held.namelist()[:-2]}
    digests = {each["name"]: hashlib.sha512(each["buffer"]).hexdigest() for each in sent}
    assert {name: hashlib.sha512(body).hexdigest() for name, body in got.items()} == digests
