"""Images: size, resolution and frames, decoded to the end, with a guard against bombs."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .memory import allow_memory, memory_for_picture
from .results import Characteristics, Rendering

MAX_PIXELS = 400_000_000
"""An A0 sheet at 400 dpi has about 250 million pixels."""
_DRAFT_PX = (512, 512)
_DAMAGE = (OSError, ValueError, SyntaxError, struct.error, EOFError, UnidentifiedImageError)


def examine_image(path: Path) -> tuple[Characteristics, Rendering]:
    """Size, resolution, frames; first and last frame are decoded."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image, allow_memory(memory_for_picture(*image.size, path)):
                return _measure(image)
    except _DAMAGE:
        problem = "图像数据损坏或不完整"
        return Characteristics(readable=False, problems=(problem,)), Rendering(True, False, problem)


def _measure(image: Image.Image) -> tuple[Characteristics, Rendering]:
    width, height = image.size
    frames = int(getattr(image, "n_frames", 1))
    dpi = image.info.get("dpi", (0, 0))[0]
    problem = ""
    if width * height > MAX_PIXELS:
        problem = f"图像有 {width * height} 像素，超过上限 {MAX_PIXELS}"
    else:
        image.draft("L", _DRAFT_PX)
        for frame in sorted({0, frames - 1}):
            image.seek(frame)
            image.load()
    return (
        Characteristics(
            pages=frames,
            readable=not problem,
            width_px=width,
            height_px=height,
            dpi=round(float(dpi)) or None,
            problems=(problem,) if problem else (),
        ),
        Rendering(True, not problem, problem),
    )
