"""Chen Mo arranges a batch: many cells by keyboard, undone, saved, withdrawn; combined, numbered, printed."""

from __future__ import annotations

import time

import pytest

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, picture, sign_in

pytestmark = pytest.mark.services
TYPING_MS = 100
"""The most that one key may take to be shown (RAIL)."""


def open_grid(enter, house, width=1280):
    page = enter("/", width=width)
    sign_in(page, "chenmo", PASSWORD)
    page.goto(house.at["arrangement"] + "grid/")
    page.wait_for_selector("[data-grid][data-ready]")
    return page


def cell(page, row, column):
    return page.locator(f'[data-row="{row}"][data-column="{column}"]')


def told(page, text):
    page.wait_for_function(
        "text => document.querySelector('[data-grid-told]').textContent.includes(text)", arg=text
    )


def test_cells_are_typed_filled_pasted_undone_saved_and_withdrawn(enter, house):
    page = open_grid(enter, house)
    before = cell(page, 1, 1).text_content()
    cell(page, 0, 1).click()
    page.keyboard.type("东屿市水利局办公室")
    page.keyboard.press("Enter")
    cell(page, 0, 1).click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    assert cell(page, 1, 1).text_content() == "东屿市水利局办公室"
    page.keyboard.press("Control+z")
    assert cell(page, 1, 1).text_content() == before
    page.keyboard.press("Control+y")
    picture(page, "grid-wide")
    page.keyboard.press("Control+s")
    told(page, "已保存 3 件")
    page.get_by_role("button", name="撤回最近一次保存").click()
    told(page, "已撤回")
    assert cell(page, 1, 1).text_content() == before
    assert cell(page, 0, 1).get_attribute("class").count("dirty") == 0


def test_a_column_from_a_spreadsheet_is_pasted_and_a_bad_cell_says_what_to_do(enter, house):
    page = open_grid(enter, house)
    cell(page, 0, 6).click()
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const paste = {clipboardData: data, bubbles: true, cancelable: true};
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste));
        }""",
        "12\n三页\n7\n",
    )
    assert [cell(page, row, 6).text_content() for row in (1, 2)] == ["三页", "7"]
    page.keyboard.press("Control+s")
    told(page, "有 1 格没有保存")
    field = page.locator(".grid-input")
    assert "阿拉伯数字" in field.get_attribute("aria-label")
    assert field.get_attribute("aria-invalid") == "true"
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    told(page, "已保存 1 件")
    page.reload()
    page.wait_for_selector("[data-grid][data-ready]")
    assert [cell(page, row, 6).text_content() for row in (1, 2)] == ["3", "7"]


def test_what_was_typed_survives_a_reload_and_a_key_is_shown_at_once(enter, house):
    page = open_grid(enter, house)
    page.on("dialog", lambda dialog: dialog.accept())
    cell(page, 0, 3).click()
    started = time.perf_counter()
    page.keyboard.type("水发〔2024〕1")
    page.keyboard.press("ArrowDown")
    assert (time.perf_counter() - started) * 1000 / 11 < TYPING_MS
    page.wait_for_timeout(400)
    page.reload()
    page.wait_for_selector("[data-grid][data-ready]")
    assert cell(page, 0, 3).text_content() == "水发〔2024〕1"
    told(page, "已恢复上次没有保存的 1 格")


def test_on_a_phone_each_record_is_a_form(enter, house):
    page = open_grid(enter, house, NARROW)
    first = page.locator("details.grid-form").first
    first.locator("summary").click()
    first.get_by_label("附注").fill("手机上写的")
    first.get_by_label("附注").blur()
    picture(page, "grid-narrow")
    page.get_by_role("button", name="保存", exact=True).click()
    told(page, "已保存 1 件")


@pytest.mark.requirement("Z41")
def test_a_batch_is_combined_numbered_fixed_and_printed(enter, house):
    page = enter("/")
    sign_in(page, "chenmo", PASSWORD)
    arrangement = house.at["arrangement"]
    page.goto(arrangement + "compose/")
    boxes = page.locator("input[name=record]")
    before = boxes.count()
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="组成一件").click()
    page.wait_for_load_state()
    assert page.locator("input[name=record]").count() == before - 1
    page.goto(arrangement)
    page.get_by_role("button", name="编").first.click()
    page.wait_for_load_state()
    page.get_by_role("button", name="定号").click()
    page.goto(arrangement + "prints/")
    picture(page, "prints")
    for form in ("归档文件目录", "盒脊"):
        link = page.get_by_role("link", name=form).first.get_attribute("href")
        answer = page.request.get(link)
        assert answer.body()[:5] == b"%PDF-"
