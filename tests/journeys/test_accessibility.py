"""axe-core over the main pages, wide and narrow, by day and by night (WCAG 2.2 AA)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from lantai.access.tests.factories import a_tiff, held
from lantai.institutions.tests.factories import PASSWORD, a_person_as
from lantai.ledger.api import sequence_pending
from lantai.search.api import index_records
from lantai.vault.tests.factories import page_images

from .conftest import NARROW, WIDE, sign_in

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run npm ci"),
]
views = pytest.mark.parametrize(
    ("width", "scheme"), [(WIDE, "light"), (NARROW, "light"), (WIDE, "dark"), (NARROW, "dark")]
)


def problems_of(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    problems = [
        f"{page.url}: {violation['id']}: {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*problems, f"{page.url}: {over} px wider than the screen"] if over > 0 else problems


@views
def test_a_reader_meets_no_barrier_on_the_portal(visit, width, scheme):
    record = held(page_images(a_tiff(), a_tiff()), title="关于成立围垦工程指挥部的通知")
    kept_back = held(mark="postponed")
    index_records([record.id, kept_back.id])
    sequence_pending()
    page = visit("/", width, scheme)
    problems = problems_of(page)
    for path in (
        "/search",
        "/search?q=围垦工程",
        "/search?q=没有这个词",
        f"/records/{record.id}",
        f"/records/{record.id}/genuine",
        f"/records/{kept_back.id}",
        "/verify",
        "/login/",
    ):
        page.goto(path)
        problems += problems_of(page)
    assert problems == []


@views
def test_staff_meet_no_barrier_on_their_desks(visit, width, scheme):
    held()
    problems = []
    for role in ("clerk", "preservation_archivist", "security_officer"):
        page = visit("/", width, scheme)
        sign_in(page, a_person_as(role).username, PASSWORD)
        problems += problems_of(page)
        entries = page.eval_on_selector_all(".nav a", "links => links.map(link => link.getAttribute('href'))")
        for path in ["/desk/style/", *entries]:
            page.goto(path)
            problems += problems_of(page)
    assert problems == []


def test_preferences_hold_from_page_to_page(visit):
    page = visit("/")
    page.get_by_role("button", name="大字版").click()
    page.get_by_role("button", name="夜间").click()
    page.goto("/search")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_keyboard_reaches_the_text_first(visit):
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "直接到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_what_was_typed_survives_leaving_the_page(visit):
    page = visit("/")
    person = a_person_as("clerk")
    sign_in(page, person.username, PASSWORD)
    page.goto("/desk/style/")
    page.fill("#id_reason", "写到一半的理由")
    page.goto("/desk/")
    page.goto("/desk/style/")
    assert page.input_value("#id_reason") == "写到一半的理由"
