"""Pages that a browser cannot draw itself, or not with places marked on them, as pictures, one at a time."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lantai.core.errors import Invalid, NotFound, Unavailable
from lantai.formats.api import characterise, draw_page

LONG_SIDE_PX = 2400


def page_count(path: Path) -> int:
    """How many pages a document of page images has: files of a folder, or frames of a file."""
    if path.is_dir():
        return len(_files(path))
    try:
        with Image.open(path) as image:
            return int(getattr(image, "n_frames", 1))
    except (UnidentifiedImageError, OSError) as error:
        raise _unreadable(path) from error


def page_jpeg(path: Path, number: int) -> bytes:
    """One page, from 1, as JPEG no longer than ``LONG_SIDE_PX`` on its longer side; drawn in the pool.

    Raises:
        NotFound: there is no such page.
        Unavailable: the image cannot be read.
    """
    frame = 0
    if path.is_dir():
        files = _files(path)
        if not 1 <= number <= len(files):
            raise _no_page(number)
        path = files[number - 1]
    else:
        frame = number - 1
    try:
        with Image.open(path) as image:
            if not 0 <= frame < getattr(image, "n_frames", 1):
                raise _no_page(number)
        return draw_page(path, frame, LONG_SIDE_PX)
    except (UnidentifiedImageError, Image.DecompressionBombError, Invalid, OSError) as error:
        raise _unreadable(path) from error


def pdf_page_jpeg(path: Path, number: int) -> bytes:
    """One page of a PDF, from 1, drawn as :func:`page_jpeg` draws an image.

    Raises:
        NotFound: there is no such page.
        Unavailable: it cannot be drawn.
    """
    try:
        return draw_page(path, number - 1, LONG_SIDE_PX)
    except Invalid as error:
        if not 1 <= number <= (characterise(path).pages or number):
            raise _no_page(number) from error
        raise _unreadable(path) from error


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def _no_page(number: int) -> NotFound:
    return NotFound(_("没有这一页。"), subject=str(number), remedy=_("请从页码列表里选择。"))


def _unreadable(path: Path) -> Unavailable:
    return Unavailable(
        _("这一页的图像暂时无法显示。"), subject=path.name, remedy=_("请告知保管馆，由其从备份修复。")
    )
