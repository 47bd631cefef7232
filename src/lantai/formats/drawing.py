"""One page image as a JPEG a browser can show; done in a child of the pool, which may run out of memory."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .memory import allow_memory, memory_for_picture

MAX_PIXELS = 400_000_000


def draw_frame(path: Path, frame: int, long_side_px: int) -> bytes:
    """A frame, from 0, as JPEG no longer than ``long_side_px`` on its longer side.

    Raises:
        Invalid: there is no such frame, or the image is damaged or too large.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses from twice as many
    try:
        with Image.open(path) as image, allow_memory(memory_for_picture(*image.size, path)):
            image.seek(frame)
            if image.width * image.height > MAX_PIXELS:
                raise Invalid(_("图像过大。"), subject=path.name)
            drawn = image.convert("L" if image.mode in {"1", "L"} else "RGB")
            drawn.thumbnail((long_side_px, long_side_px))
            out = io.BytesIO()
            drawn.save(out, "JPEG", quality=82)
            return out.getvalue()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, EOFError, ValueError) as error:
        raise Invalid(_("图像无法显示。"), subject=path.name) from error
