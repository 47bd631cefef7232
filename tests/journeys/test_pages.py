"""axe-core over every main page of the house, with something on each: WCAG 2.2 AA, wide and
narrow, by day and by night; nothing wider than the screen; everything reachable by keyboard.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from lantai.demo.settlement import PASSWORD

from .conftest import NARROW, WIDE, picture, sign_in

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run npm ci"),
]

PUBLIC = [
    "/",
    "/search",
    "/search?q=水利局",
    "/search?q=没有这个词",
    "open",
    "genuine",
    "closed",
    "postponed",
    "/verify",
    "/guide/",
    "/login/",
    "/records/00000000-0000-7000-8000-000000000000",
]
BY_ROLE = {
    "linlan": ["/desk/", "/desk/capture/", "/desk/capture/new/", "/desk/capture/owed/", "returned", "report",
               "/desk/records/", "captured", "/desk/own/", "/desk/jobs/", "/account/", "/account/password/", "/desk/style/"],
    "chenmo": ["/desk/", "/desk/capture/arrange/", "arrangement", "note",
               "arrangement+grid/", "arrangement+compose/", "arrangement+classes/", "arrangement+prints/",
               "/desk/capture/schedule/import/", "/desk/capture/closed-matters/import/",
               "/desk/transfer/", "/desk/transfer/new/", "/desk/inspection/",
               "/desk/api-keys/", "/desk/api-keys/new/", "/desk/records/?q=水利", "captured"],
    "zhouting": ["/desk/", "/desk/transfer/plan/", "/desk/transfer/corrections/", "/desk/transfer/readiness/",
                 "/desk/isolations/", "/desk/capture/explanations/", "/desk/records/setup/schedules/", "/desk/transfer/",
                 "handover", "handover+register/", "/desk/catalogue/fonds/", "/desk/catalogue/reforms/",
                 "/desk/catalogue/reforms/plan/merge/", "/desk/catalogue/holdings/", "/desk/catalogue/exports/",
                 "/desk/catalogue/guide/", "/desk/catalogue/guide/archive/"],
    "gushan": ["/desk/", "held", "held+edit/", "/desk/vault/", "object", "/desk/vault/incidents/", "/desk/vault/policies/",
               "/desk/vault/policies/new/", "/desk/vault/audits/", "/desk/vault/audits/use/", "/desk/vault/drills/",
               "/desk/vault/formats/", "/desk/vault/volumes/", "/desk/ledger/", "entry", "/desk/catalogue/quality/",
               "/desk/appraisal/", "/desk/appraisal/disposals/"],
    "shenqiu": ["/desk/", "/desk/opening/", "/desk/opening/decisions/", "decision"],
    "tangjian": ["/desk/", "/desk/supervision/", "late", "/desk/ledger/"],
    "xitong": ["/desk/", "/desk/people/", "/desk/people/new/", "person", "/desk/organisations/", "organisation"],
    "anquan": ["/desk/", "person", "/desk/log-reviews/", "/desk/log-reviews/audit_officer/"],
    "shenji": ["/desk/", "/desk/log-reviews/", "/desk/people/"],
}  # fmt: skip
"""Every kind of page, each once or twice; a word stands for a path of ``house.at``."""

OUT_OF_SIGHT = """() => [...document.querySelectorAll("nav > [aria-current]")].filter((link) => {
  const { left, right } = link.getBoundingClientRect();
  return left < 0 || right > innerWidth;
}).map((link) => link.textContent)"""
"""Where one is, in rows of links that scroll sideways."""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Two frames drawn: what the page does when its width changes is done."""


def path_of(house, page: str) -> str:
    name, _plus, rest = page.partition("+")
    return house.at.get(name, name) + rest


def problems_of(page: Page, path: str, name: str) -> list[str]:
    """What is wrong with a page at either width, in either light."""
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.emulate_media(color_scheme="light")
    answer = page.goto(path)
    problems = [] if answer.status in {200, 403, 404} else [f"{path}: answers {answer.status}"]
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        page.evaluate(SETTLED)
        problems += [f"{path} at {width}: {found}" for found in violations(page, {})]
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        problems += [f"{path} at {width}: {over} px wider than the screen"] if over > 0 else []
        problems += [f"{path} at {width}: “{link}” is out of sight" for link in page.evaluate(OUT_OF_SIGHT)]
        picture(page, f"{name}-{width}-light")
        page.emulate_media(color_scheme="dark")
        only_colours = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
        problems += [f"{path} at {width}, dark: {found}" for found in violations(page, only_colours)]
    picture(page, f"{name}-{NARROW}-dark")
    return problems


def violations(page: Page, options: dict[str, object]) -> list[str]:
    found = page.evaluate("options => axe.run({ resultTypes: ['violations'], ...options })", options)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.timeout(240)
def test_readers_meet_no_barrier(enter, house):
    page = enter("/")
    problems = []
    for place, name in enumerate(PUBLIC):
        problems += problems_of(page, path_of(house, name), f"public-{place:02d}")
    assert problems == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("username", list(BY_ROLE))
def test_staff_meet_no_barrier(enter, house, username):
    page = enter("/")
    sign_in(page, username, PASSWORD)
    problems = []
    for place, name in enumerate(BY_ROLE[username]):
        problems += problems_of(page, path_of(house, name), f"{username}-{place:02d}")
    assert problems == []


@pytest.mark.parametrize("page_name", ["/", "/search?q=水利局", "open", "/login/"])
def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(enter, house, page_name):
    assert keyboard_problems(enter(path_of(house, page_name))) == []


@pytest.mark.parametrize(
    ("username", "page_name"),
    [("linlan", "/desk/capture/new/"), ("shenqiu", "/desk/opening/"), ("gushan", "held+edit/")],
)
def test_the_keyboard_alone_serves_the_desks(enter, house, username, page_name):
    page = enter("/")
    sign_in(page, username, PASSWORD)
    page.goto(path_of(house, page_name))
    assert keyboard_problems(page) == []


REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(it => it.checkVisibility({ visibilityProperty: true }) && !it.disabled && it.tabIndex >= 0
    && (it.type !== 'radio' || it.checked || !it.form.querySelector(`[name="${it.name}"]:checked`)))
  .map((it, place) => { it.dataset.place = place; return it.outerHTML.slice(0, 120) })"""
FOCUSED = """() => { const it = document.activeElement, style = getComputedStyle(it)
  return { place: it.dataset.place, html: it.outerHTML.slice(0, 120),
    seen: style.boxShadow !== 'none' || it.tagName === 'IFRAME' || outlined(it) } }
  function outlined(it) { return it && (getComputedStyle(it).outlineStyle !== 'none' || outlined(it.parentElement)) }"""


def keyboard_problems(page: Page) -> list[str]:
    """Controls that Tab does not reach, or on which the focus cannot be seen."""
    wanted = page.evaluate(REACHABLE)
    reached, unseen = set(), []
    page.evaluate("document.activeElement.blur()")
    for _press in range(len(wanted) + 12):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        reached.add(focused["place"])
        if focused["place"] is not None and not focused["seen"]:
            unseen.append(f"no visible focus: {focused['html']}")
    missed = [f"not reached: {html}" for place, html in enumerate(wanted) if str(place) not in reached]
    return unseen + missed
