"""What a camera and a picture desk wrote into a photograph: EXIF and IPTC."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin, UnidentifiedImageError

from .charsets import decode_text

_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    struct.error,
    EOFError,
    UnidentifiedImageError,
    KeyError,
    TypeError,
)
_EXIF = {
    "摄影者": ExifTags.Base.Artist,
    "说明": ExifTags.Base.ImageDescription,
    "版权": ExifTags.Base.Copyright,
}
_IPTC = {"标题": (2, 5), "摄影者": (2, 80), "说明": (2, 120), "地点": (2, 92), "关键词": (2, 25)}


def read_photograph(path: Path) -> dict[str, Any]:
    """Size and what was written into a photograph; fields as in ``media.MediaFacts``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                width, height = image.size
                values = {**_iptc(image), **_exif(image)}
                return {
                    "width_px": width,
                    "height_px": height,
                    "codec": image.format or "",
                    "values": {name: value for name, value in values.items() if value},
                }
    except _DAMAGE:
        return {"problem": "图像数据损坏或不完整"}


def _exif(image: Image.Image) -> dict[str, str]:
    exif = image.getexif()
    own = exif.get_ifd(ExifTags.IFD.Exif)
    values = {name: _text(exif.get(tag)) for name, tag in _EXIF.items()}
    taken = _text(own.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime))
    values["拍摄时间"] = taken[:10].replace(":", "-") + taken[10:] if taken[:4].isdecimal() else ""
    maker, model = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    values["设备"] = model if maker and model.startswith(maker) else f"{maker} {model}".strip()
    values["经纬度"] = _position(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return {name: value for name, value in values.items() if value}


def _position(gps: dict[int, Any]) -> str:
    """Latitude and longitude in degrees, five decimals."""
    found = []
    for value, side, negative in ((2, 1, "S"), (4, 3, "W")):
        parts = gps.get(value)
        if not parts or len(parts) != 3:
            return ""
        degrees = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
        found.append(f"{-degrees if _text(gps.get(side)) == negative else degrees:.5f}")
    return ", ".join(found)


def _iptc(image: ImageFile.ImageFile) -> dict[str, str]:
    block = IptcImagePlugin.getiptcinfo(image) or {}
    values = {}
    for name, record in _IPTC.items():
        held = block.get(record)
        values[name] = "；".join(map(_text, held if isinstance(held, list) else [held]))
    return {name: value for name, value in values.items() if value}


def _text(value: object) -> str:
    """A value as text; cameras pad with zeros and write in what charset they like."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        try:
            return decode_text(value.rstrip(b"\0")).strip()
        except UnicodeDecodeError:
            return ""
    text = str(value).strip("\0 \n")
    try:
        return decode_text(text.encode("latin-1")).strip() if not text.isascii() else text
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
