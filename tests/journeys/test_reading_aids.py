"""What makes pages easier: preferences, the keyboard, drafts."""

from __future__ import annotations

import pytest

from lantai.demo.settlement import PASSWORD

from .conftest import sign_in

pytestmark = pytest.mark.services


def test_preferences_hold_from_page_to_page(enter):
    page = enter("/")
    page.get_by_role("button", name="大字版").click()
    page.get_by_role("button", name="夜间").click()
    page.goto("/search")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_keyboard_reaches_the_text_first(enter):
    page = enter("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "直接到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_what_was_typed_survives_leaving_the_page(enter):
    page = enter("/")
    sign_in(page, "linlan", PASSWORD)
    page.goto("/desk/style/")
    page.fill("#id_reason", "写到一半的理由")
    page.goto("/desk/")
    page.goto("/desk/style/")
    assert page.input_value("#id_reason") == "写到一半的理由"
