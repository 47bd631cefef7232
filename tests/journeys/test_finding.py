"""A citizen finds what was imported an hour ago, however they ask, on a phone and on a desk."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, WIDE, picture, sign_in
from .test_catalogue import FONDS, hand_in, mend

pytestmark = pytest.mark.services
WORK_MS = 30_000
OLD = "东屿县渔会关于修筑护塘碑坝的呈文"
PERSON = "关于蒋玉兰同志任职的通知"
HEADINGS = ["归档号", "文件标题", "发文机关", "成文日期", "年度", "期限", "页数"]
ROWS = [
    [f"{FONDS}-WS·1991-D30-8001", OLD, "东屿县渔会", "民国三十八年三月", "1991", "30年", "3"],
    [f"{FONDS}-WS·1991-D30-8002", PERSON, "东屿县水利局", "1991年3月", "1991", "30年", "四页"],
]
ASKED = {
    "民国三十八年": OLD,
    "民國卅八年三月": OLD,
    "護塘碑壩": OLD,
    "jiangyulan": PERSON,
    "jyl": PERSON,
    "蒋玉蘭": PERSON,
}
"""What is typed, and the title that must come: era dates, traditional forms, pinyin, initials."""


@pytest.mark.requirement("S28", "Z49")
def test_a_citizen_finds_by_era_pinyin_initials_and_traditional_form(enter, tmp_path):
    import_corrected(enter("/"), tmp_path)
    open_both(enter("/"))
    for width in (NARROW, WIDE):
        citizen = enter("/search", width=width)
        for typed, title in ASKED.items():
            search_for(citizen, typed)
            expect(citizen.get_by_role("link", name=title)).to_be_visible(timeout=WORK_MS)
        picture(citizen, f"finding-{width}")
        suggested_by_keyboard(citizen)
        put_right_by_keyboard(citizen)
        assert citizen.evaluate("document.documentElement.scrollWidth") <= width


def import_corrected(page: Page, folder: Path) -> None:
    """The archivist's part: one row is wrong, comes back corrected, both are entered."""
    old = folder / "老目录.csv"
    with old.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows([HEADINGS, *ROWS])
    sign_in(page, "zhouting", PASSWORD)
    hand_in(page, old)
    page.get_by_text("1 行有问题").wait_for(timeout=WORK_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载有问题的行").first.click()
    mended = mend(download.value.path(), folder)
    page.get_by_role("button", name="先导入无误的 1 行").click()
    page.get_by_text("建立 1 条").wait_for(timeout=WORK_MS)
    hand_in(page, mended)
    page.get_by_role("button", name="导入 1 行").click(timeout=WORK_MS)
    page.get_by_text("建立 1 条").wait_for(timeout=WORK_MS)


def open_both(page: Page) -> None:
    """The reviewer's part."""
    sign_in(page, "shenqiu", PASSWORD)
    page.goto("/desk/opening/")
    for title in (OLD, PERSON):
        page.get_by_role("checkbox", name=title).check()
    page.get_by_role("button", name="开放选中的档案", exact=True).click()
    expect(page.get_by_role("checkbox", name=OLD)).to_have_count(0)


def search_for(page: Page, typed: str) -> None:
    page.get_by_role("combobox", name="查档").fill(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("[?&]q="))


def suggested_by_keyboard(page: Page) -> None:
    """Types a beginning, goes down to the suggestion and asks for it, without touching anything else."""
    box = page.get_by_role("combobox", name="查档")
    box.fill("")
    box.press_sequentially("护塘")
    offered = page.get_by_role("option", name="护塘碑坝")
    expect(offered).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(offered).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == offered.get_attribute("id")
    picture(page, f"suggested-{page.viewport_size['width']}")
    page.keyboard.press("Escape")
    expect(offered).to_be_hidden()
    box.press_sequentially("碑")
    expect(offered).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(quote("护塘碑坝"))))
    expect(page.get_by_role("link", name=OLD)).to_be_visible()


def put_right_by_keyboard(page: Page) -> None:
    """A name written wrongly is offered right; Tab reaches the offer and Enter takes it."""
    search_for(page, "姜玉兰")
    offered = page.get_by_role("link", name="蒋玉兰", exact=True)
    expect(offered).to_be_visible()
    for _press in range(20):
        if offered.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=PERSON)).to_be_visible()
