"""What pictures, sound and film say of themselves, read in the pool: EXIF, IPTC, RIFF, MP4, MP3, FLAC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import tee
from pathlib import Path
from typing import Any

from .av import read_container
from .pool import run_requests

_PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".png", ".webp"})


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Technical metadata; ``None`` and empty mean not said.

    Attributes:
        duration_s: playing time in seconds.
        width_px: of picture or film.
        height_px: of picture or film.
        sample_rate_hz: of sound.
        channels: of sound.
        bits: bits of a sample.
        codec: what picture and sound are coded with, as four-character codes.
        values: what the camera or recorder wrote, by Chinese name (拍摄时间, 摄影者, 设备, 标题, 说明, 经纬度).
        problem: why the file could not be read; empty when it could.
    """

    duration_s: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    bits: int | None = None
    codec: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def media_facts(path: Path) -> dict[str, Any]:
    """The facts of one file, in this process, as plain data."""
    from .photographs import read_photograph  # Pillow: only who reads pictures waits for it

    read = read_photograph if path.suffix.lower() in _PICTURES else read_container
    return asdict(MediaFacts(**read(path)))


def read_media_facts(paths: Iterable[Path]) -> Iterator[MediaFacts]:
    """The facts of many files, in order, in the pool; a file nobody can read has a ``problem``."""
    asked, kept = tee(paths)
    requests = ({"task": "media", "path": str(path)} for path in asked)
    for _path, answer in zip(kept, run_requests(requests), strict=True):
        problem = answer.get("crash") or answer.get("error")
        yield MediaFacts(problem=str(problem)) if problem else MediaFacts(**answer["media"])
