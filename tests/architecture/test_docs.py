"""Every relative link of the documentation leads somewhere, and every page is linked."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def links(page):
    """Where the relative links of a page lead, with the heading they name."""
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            yield (page.parent / path).resolve() if path else page, heading


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page):
    for target, heading in links(page):
        assert target.exists(), f"{page.name}: {target} does not exist"
        assert not heading or heading in anchors(target), f"{page.name}: {target.name} has no #{heading}"


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [found for target, _ in links(page) for found in _pages(target)]
    assert sorted(page.name for page in PAGES if page not in reached) == []


def _pages(target):
    """A page, or the pages of a folder that is linked as a whole."""
    return sorted(target.glob("*.md")) if target.is_dir() else [target]


def test_both_readmes_link_the_same_pages():
    english, chinese = (
        {target for target, _ in links(ROOT / name)} for name in ("README.md", "README.zh-CN.md")
    )
    assert english - chinese <= {ROOT / "README.zh-CN.md"}
    assert chinese - english <= {ROOT / "README.md"}
