"""The child that converts one image: ``python -m lantai.formats.image_child SOURCE TARGET KIND``.

Prints as JSON whether every pixel of the result is the source's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageSequence

from .memory import limit_memory

_KEPT = {"1", "L", "RGB", "RGBA", "LA", "I;16", "CMYK"}
_JP2 = {"L", "RGB", "RGBA", "LA", "I;16"}


def main(source: Path, target: Path, kind: str) -> dict[str, str]:
    """Writes the target and compares it, frame by frame."""
    limit_memory()
    with Image.open(source) as image:
        frames = [_plain(frame, kind) for frame in ImageSequence.Iterator(image)]
        dpi = image.info.get("dpi")
        profile = image.info.get("icc_profile")
    if kind == "JPEG2000":
        if len(frames) > 1:
            raise SystemExit("JPEG 2000 holds one page, this image has several")
        frames[0].save(target, "JPEG2000", irreversible=False)
    else:
        options = {"dpi": (float(dpi[0]), float(dpi[1]))} if dpi else {}
        extra = {"icc_profile": profile} if profile else {}
        frames[0].save(
            target,
            "TIFF",
            compression="tiff_lzw",
            save_all=True,
            append_images=frames[1:],
            **options,
            **extra,
        )
    with Image.open(target) as made:
        same = [
            _equal(before, after) for before, after in zip(frames, ImageSequence.Iterator(made), strict=True)
        ]
    return {"pixels": "identical" if all(same) else "different", "frames": str(len(frames))}


def _plain(frame: Image.Image, kind: str) -> Image.Image:
    """The frame in a mode the target can hold without loss."""
    frame.load()
    if frame.mode == "P":
        frame = frame.convert("RGBA" if "transparency" in frame.info else "RGB")
    if kind == "JPEG2000" and frame.mode == "1":
        frame = frame.convert("L")
    if frame.mode not in (_JP2 if kind == "JPEG2000" else _KEPT):
        raise SystemExit(f"mode {frame.mode} cannot be kept without loss")
    return frame.copy()


def _equal(before: Image.Image, after: Image.Image) -> bool:
    return before.size == after.size and before.mode == after.mode and before.tobytes() == after.tobytes()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
