"""Sound and film: duration, size and coding, from the heads of WAV, MP4, MP3 and FLAC files.

Our own readers of the few boxes that tell; nothing is decoded. Every length a file gives is held
against the file's own size, so that none of them makes us read or loop beyond it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_HEAD = 16
_DEEPEST = 8
_MOST_BOXES = 10_000
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_BITRATES = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
"""kbit/s of layer III, of MPEG 1 and of MPEG 2 and 2.5."""
_RATES_HZ = (44_100, 48_000, 32_000, 0)


class _DamageError(ValueError):
    """The file ends, or says something that cannot be."""


def read_container(path: Path) -> dict[str, Any]:
    """Technical metadata of a recording; fields as in ``media.MediaFacts``."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        try:
            if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
                return _wave(stream, size)
            if head[4:8] in {b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"}:
                return _mp4(stream, size)
            if head[:4] == b"fLaC":
                return _flac(stream)
            if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
                return _mp3(stream, size)
        except (struct.error, ValueError, ZeroDivisionError, IndexError, KeyError):
            return {"problem": "音像文件的头部损坏或不完整"}
    return {"problem": "不认识的音像格式"}


def _wave(stream: BinaryIO, size: int) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    rate_bytes, place = 0, 12
    while place + 8 <= size:
        stream.seek(place)
        name, length = struct.unpack("<4sI", stream.read(8))
        if name == b"fmt ":
            coding, channels, rate, rate_bytes, _block, bits = struct.unpack("<HHIIHH", stream.read(16))
            facts |= {"sample_rate_hz": rate, "channels": channels, "bits": bits}
            facts["codec"] = {1: "PCM", 3: "PCM float", 0xFFFE: "PCM"}.get(coding, f"WAVE {coding:#06x}")
        elif name == b"data":
            held = min(length, size - place - 8) if length != 0xFFFFFFFF else size - place - 8
            facts["duration_s"] = round(held / rate_bytes, 3)
            if length not in (held, 0xFFFFFFFF):
                facts["problem"] = f"声音数据应有 {length} 字节，只有 {held} 字节"
            return facts
        place += 8 + length + length % 2
    raise _DamageError


def _flac(stream: BinaryIO) -> dict[str, Any]:
    stream.seek(8)
    packed = int.from_bytes(stream.read(18)[10:18], "big")
    rate, total = packed >> 44, packed & (2**36 - 1)
    return {
        "sample_rate_hz": rate,
        "channels": (packed >> 41 & 7) + 1,
        "bits": (packed >> 36 & 31) + 1,
        "duration_s": round(total / rate, 3) if total else None,
        "codec": "FLAC",
    }


def _mp3(stream: BinaryIO, size: int) -> dict[str, Any]:
    """From the first frame, and from its Xing head where the bit rate varies."""
    begin = 0
    tag = stream.read(10)
    if tag[:3] == b"ID3":
        begin = 10 + sum(
            (byte & 0x7F) << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True)
        )
    stream.seek(begin)
    window = stream.read(64 << 10)
    place = next(_frames(window), None)
    if place is None:
        raise _DamageError
    second, third = window[place + 1], window[place + 2]
    version = {3: 1, 2: 2, 0: 4}[second >> 3 & 3]  # MPEG 1, 2, 2.5
    rate = _RATES_HZ[third >> 2 & 3] // version
    bitrate = _BITRATES[1 if version == 1 else 2][third >> 4] * 1000
    samples = 1152 if version == 1 else 576
    mark = window.find(b"Xing", place, place + 200)
    mark = mark if mark >= 0 else window.find(b"Info", place, place + 200)
    frames = struct.unpack(">I", window[mark + 8 : mark + 12])[0] if mark >= 0 and window[mark + 7] & 1 else 0
    duration = frames * samples / rate if frames else (size - begin - place) * 8 / bitrate
    return {
        "sample_rate_hz": rate,
        "channels": 1 if window[place + 3] >> 6 == 3 else 2,
        "duration_s": round(duration, 3),
        "codec": "MP3",
    }


def _frames(window: bytes) -> Iterator[int]:
    """Where a frame of layer III may begin."""
    place = window.find(b"\xff")
    while 0 <= place < len(window) - 4:
        second, third = window[place + 1], window[place + 2]
        sound = second & 0xE6 == 0xE2 and second >> 3 & 3 != 1
        if sound and third >> 4 not in (0, 15) and third >> 2 & 3 != 3:
            yield place
        place = window.find(b"\xff", place + 1)


def _mp4(stream: BinaryIO, size: int) -> dict[str, Any]:
    facts: dict[str, Any] = {"codec": ""}
    for name, begin, end in _boxes(stream, 0, size, 0, [0]):
        stream.seek(begin)
        if name == b"mvhd":
            facts["duration_s"] = _duration(stream.read(32))
        elif name == b"tkhd":
            stream.seek(end - 8)
            width, height = (value >> 16 for value in struct.unpack(">II", stream.read(8)))
            if width and height:
                facts |= {"width_px": width, "height_px": height}
        elif name == b"stsd":
            entry = stream.read(44)
            coding = entry[12:16].decode("ascii", "replace").strip()
            facts["codec"] = "、".join(filter(None, [facts["codec"], coding]))
            if coding in {"mp4a", "alac", "sowt", "twos", "ac-3"}:
                channels, bits = struct.unpack(">HH", entry[32:36])
                rate = struct.unpack(">I", entry[40:44])[0] >> 16
                facts |= {"channels": channels, "bits": bits, "sample_rate_hz": rate}
    if "duration_s" not in facts:
        raise _DamageError
    return facts


def _duration(head: bytes) -> float:
    if head[0] == 1:
        scale, units = struct.unpack(">IQ", head[20:32])
    else:
        scale, units = struct.unpack(">II", head[12:20])
    return float(round(units / scale, 3))


def _boxes(
    stream: BinaryIO, place: int, end: int, depth: int, seen: list[int]
) -> Iterator[tuple[bytes, int, int]]:
    """Boxes with where their content begins and ends, those in containers too."""
    while place + 8 <= end and depth < _DEEPEST:
        seen[0] += 1
        if seen[0] > _MOST_BOXES:
            raise _DamageError
        stream.seek(place)
        length, name = struct.unpack(">I4s", stream.read(8))
        begin = place + 8
        if length == 1:
            length = struct.unpack(">Q", stream.read(8))[0]
            begin += 8
        elif length == 0:
            length = end - place
        if length < begin - place or place + length > end:
            raise _DamageError
        if name in _CONTAINERS:
            yield from _boxes(stream, begin, place + length, depth + 1, seen)
        else:
            yield name, begin, place + length
        place += length
