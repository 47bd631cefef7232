"""A page of a PDF is drawn, and the places of its words are where the ink is."""

import io

import pikepdf
import pytest
from PIL import Image

from lantai.core.errors import Invalid
from lantai.formats.api import draw_page, extract_text, find_places

from .samples import typeset

SIDE_PX = 800
WANTED = "围垦工程"


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    """Two pages: the second says one line, which runs over into the next."""
    path = tmp_path_factory.mktemp("pdf") / "a.pdf"
    source = (
        f"#set page(width: 90mm, height: 140mm, margin: 20mm)\n前言 #pagebreak()\n#box(width: 23pt)[{WANTED}]"
    )
    typeset(path, source)
    return path


def ink(path, page):
    """Left, top, right and bottom of all that is dark on the page, as parts of it."""
    with Image.open(io.BytesIO(draw_page(path, page, SIDE_PX))) as drawn:
        left, top, right, bottom = drawn.convert("L").point(lambda value: 255 * (value < 140)).getbbox()
        return left / drawn.width, top / drawn.height, right / drawn.width, bottom / drawn.height


def covered(path, page):
    """The same of the places that the words are said to have; of a page turned, lines come in other order."""
    text = extract_text(path)[page]
    assert set(WANTED) < set(text)
    places = find_places(path, {page: [(0, len(text))]})[page]
    return places, (
        min(left for left, _top, _width, _height in places),
        min(top for _left, top, _width, _height in places),
        max(left + width for left, _top, width, _height in places),
        max(top + height for _left, top, _width, height in places),
    )


@pytest.mark.requirement("S28")
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("cropped", [False, True])
def test_places_hold_the_ink_of_their_words(pdf, tmp_path, turned, cropped):
    path = tmp_path / "b.pdf"
    with pikepdf.open(pdf) as document:
        page = document.pages[1]
        page.rotate(turned, relative=True)
        if cropped:
            page.CropBox = [40, 200, 240, 390]
        document.save(path)
    places, around = covered(path, 1)
    assert len(places) == 2  # a place a line
    for side, (said, seen) in enumerate(zip(around, ink(path, 1), strict=True)):
        outside = said - seen if side < 2 else seen - said
        assert -0.06 < outside < 0.006, (side, said, seen)


def test_a_page_that_is_not_there_and_a_file_that_is_none_have_no_places(pdf, tmp_path):
    assert find_places(pdf, {7: [(0, 1)]}) == {}
    assert find_places(pdf, {1: [(900, 901)]}) == {1: []}
    other = tmp_path / "a.txt"
    other.write_text("围垦工程", encoding="utf-8")
    assert find_places(other, {0: [(0, 1)]}) == {}
    with pytest.raises(Invalid):
        draw_page(pdf, 7, SIDE_PX)
