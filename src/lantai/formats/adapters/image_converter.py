"""Images to TIFF or JPEG 2000 without loss, by Pillow, in a child process with limits."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

TIMEOUT_S = 300.0
PAGE_S = 10.0
"""So much longer for each page of a set."""


def tool() -> str:
    """Name and version."""
    return f"Pillow {version('pillow')}"


def pdfa_tool() -> str:
    """Names and versions."""
    return f"{tool()}, pikepdf {version('pikepdf')}"


def to_jp2(source: Path, target: Path) -> dict[str, str]:
    """Makes a lossless JPEG 2000 of a single image; see :func:`_run`."""
    return _run(source, target, "JPEG2000")


def to_tiff(source: Path, target: Path) -> dict[str, str]:
    """Makes a TIFF 6.0 with LZW of all frames; see :func:`_run`."""
    return _run(source, target, "TIFF")


def to_pdfa(source: Path, target: Path) -> dict[str, str]:
    """Makes one PDF/A-2b of an image or of a folder of page images; see :mod:`lantai.formats.pages_child`."""
    return _run_child("lantai.formats.pages_child", source, target)


def _run(source: Path, target: Path, kind: str) -> dict[str, str]:
    """Converts one image."""
    return _run_child("lantai.formats.image_child", source, target, kind)


def _run_child(module: str, source: Path, target: Path, *options: str) -> dict[str, str]:
    """Converts in a child, which also compares every pixel.

    Raises:
        Invalid: it cannot be read, or cannot be written in that format.
    """
    command = [sys.executable, "-m", module, str(source), str(target), *options]
    pages = sum(1 for _page in source.iterdir()) if source.is_dir() else 1
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S + PAGE_S * pages,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid(_("图像转换用时过长，已中止。"), subject=source.name) from error
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise Invalid(_("图像不能转换：%s") % (why[-1] if why else done.returncode), subject=source.name)
    told: dict[str, str] = json.loads(done.stdout)
    return told
