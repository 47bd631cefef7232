"""Tang Jian finds who is late and with what, reminds them, exports it; Lin Lan files what was missing."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from lantai.capture.tests.factories import pdf
from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in
from .region import MISSING, MISSING_NUMBER, MISSING_PLAN
from .test_first_road import WORK_MS, button, follow, link

pytestmark = pytest.mark.services
AGENCY = "东屿市水务局"


@pytest.mark.timeout(240)
@pytest.mark.requirement("S18", "S19", "Z2")
def test_the_supervisor_reminds_and_the_clerk_files_what_was_missing(enter):
    supervisor = enter("/")
    sign_in(supervisor, "tangjian", PASSWORD)
    find_the_late_one(supervisor)
    see_which_years_and_classes(supervisor)
    remind(supervisor)
    export(supervisor)
    clerk = enter("/")
    sign_in(clerk, "linlan", PASSWORD)
    file_what_is_missing(clerk)
    wait_until_met(supervisor)


def find_the_late_one(page: Page) -> None:
    """Of many agencies the one that is late stands first, with what it owes and since when."""
    follow(page, "归档监管")
    picture(page, "supervision")
    rows = page.locator("table tbody tr")
    assert rows.count() > 10
    expect(rows.first).to_contain_text(AGENCY)
    expect(rows.first).to_contain_text("办结未归 2")
    link(page, AGENCY).first.click()


def see_which_years_and_classes(page: Page) -> None:
    picture(page, "supervision-owed")
    owed = page.get_by_role("table", name="欠在哪些年度和门类").locator("tbody tr")
    expect(owed).to_have_count(3)
    expect(owed.nth(0)).to_contain_text("2023")
    expect(owed.nth(0)).to_contain_text("科技")
    expect(owed.nth(1)).to_contain_text("文书")
    link(page, "2023").click()
    expect(page.locator("main .list > li")).to_have_count(1)
    expect(page.locator("main .list")).to_contain_text(MISSING_PLAN)
    link(page, "2024").click()
    expect(page.locator("main .list > li")).to_have_count(1)
    picture(page, "supervision-year")


def remind(page: Page) -> None:
    expect(page.locator("main")).to_contain_text(MISSING)
    page.get_by_label("另外说一句（可不写）").fill("请这周补上。")
    button(page, "催办").click()
    expect(page.locator("main")).to_contain_text("今天已经催办过")
    picture(page, "supervision-agency")


def export(page: Page) -> None:
    """The overview goes along as a spreadsheet, the reminder in it."""
    follow(page, "归档监管")
    with page.expect_download() as download:
        link(page, "存为表格").click()
    content = io.BytesIO(download.value.path().read_bytes())
    head, *rows = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    late = dict(zip(head, rows[0], strict=True))
    assert late["单位"] == AGENCY
    assert late["逾期未归"] == 4
    assert "办结未归 2" in late["其中"]
    assert late["最近催办"]
    link(page, AGENCY).first.click()


def file_what_is_missing(page: Page) -> None:
    expect(page.locator("main")).to_contain_text("请这周补上。")
    picture(page, "desk-reminded")
    link(page, "去归档或说明").click()
    row = page.locator("main .list > li").filter(has_text=MISSING)
    picture(page, "owed")
    row.get_by_role("link", name="去归档").click()
    expect(page.locator("[name=document_number]")).to_have_value(MISSING_NUMBER)
    page.set_input_files("#loose-files", pdf())
    page.locator("#loose-date").fill("2024-05-20")
    page.locator("#loose-retention").fill("30年")
    button(page, "提交这些文件").click()
    expect(page.locator("main")).to_contain_text("1 件全部归档。", timeout=WORK_MS)


def wait_until_met(page: Page) -> None:
    """The outbox is delivered within seconds."""
    for _try in range(20):
        page.goto(page.url.partition("?")[0] + "?state=met")
        if page.locator("main").get_by_text(MISSING).count():
            break
        page.wait_for_timeout(1000)
    expect(page.locator("main .list > li").filter(has_text=MISSING)).to_contain_text("逾期后归")
    picture(page, "supervision-met")


def test_the_page_of_all_agencies_serves_a_phone(enter):
    page = enter("/", width=NARROW)
    sign_in(page, "tangjian", PASSWORD)
    page.goto("/desk/supervision/")
    expect(page.locator("main")).to_contain_text(AGENCY)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    picture(page, "supervision-phone")
