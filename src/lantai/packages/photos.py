"""Packages of kind ``photos``: groups of photographs (DA/T 54), sound and film with clips (DA/T 63)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.findings import Finding
from lantai.formats.api import MediaFacts, read_media_facts

from .described import Described, file_name, read_described, recognises, require
from .described_again import writer_of
from .described_first import describe_media
from .kinds import Kind
from .package import Package
from .rules import Rules, kind_data
from .xmltree import Node

GROUP, RECORDING = "照片组", "音像"
PLACES = ("左", "上", "宽", "高")
"""Where a person stands in a picture: left, top, width and height in per cent of the picture, from its top left."""
_TIME_CODE = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)(?:[.,](\d{1,3}))?")


def read_time_code(text: str) -> float | None:
    """Seconds of a time code ``hh:mm:ss[.mmm]``; ``None`` where the text is none."""
    match = _TIME_CODE.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def place_of(person: Node) -> tuple[float, float, float, float] | None:
    """Where a person stands in the picture; ``None`` where it is not said or lies outside."""
    try:
        left, top, width, height = (float(person.attributes[name]) for name in PLACES)
    except (KeyError, ValueError):
        return None
    inside = min(left, top) >= 0 and min(width, height) > 0 and left + width <= 100 and top + height <= 100
    return (left, top, width, height) if inside else None


def check_photos(found: Described, rules: Rules) -> Iterator[Finding]:
    """The group says what the standard asks, and each file agrees with what is said of it."""
    node = found.node or Node(GROUP)
    if node.name == RECORDING:
        yield from require(node, kind_data("photos")["recording"], found.name, rules)
        yield from _clips(node, found, rules)
        return
    yield from require(node, kind_data("photos")["group"], found.name, rules)
    pairs = [
        (photo, found.files.get(file_name(file))) for photo in node.all("照片") for file in photo.all("文件")
    ]
    there = [(photo, entry) for photo, entry in pairs if entry]
    if not pairs:
        yield rules.fail("filled", found.name, "至少一张“照片”", "没有", "请列出照片。")
    facts = read_media_facts(entry.path for _photo, entry in there)
    for (photo, entry), fact in zip(there, facts, strict=True):
        yield from _persons(photo, entry.name, rules)
        yield from _camera(photo, node, entry.name, fact, rules)


def _persons(photo: Node, where: str, rules: Rules) -> Iterator[Finding]:
    for person in photo.all("人物"):
        name = person.attributes.get("姓名", "")
        if not name:
            yield rules.fail("person", where, "人物有姓名", "没有", "请补上姓名。")
        if any(place in person.attributes for place in PLACES) and place_of(person) is None:
            expected = "左、上、宽、高为百分数，在画面之内"
            observed = "、".join(f"{place} {person.attributes.get(place, '')}" for place in PLACES)
            yield rules.fail("person", f"{where} {name}", expected, observed, "请重新标注人物位置。")


def _camera(photo: Node, group: Node, where: str, facts: MediaFacts, rules: Rules) -> Iterator[Finding]:
    """What the camera wrote against what was described; cameras err too, so it is told, not refused."""
    remedy = "请核对：相机时钟可能不准，也可能写错。"
    described = photo.attributes.get("时间") or group.value("时间")
    taken = facts.values.get("拍摄时间", "")
    if taken and described and not _same_day(taken, described):
        yield rules.warn("camera", where, f"拍摄时间 {taken}", f"描述为 {described}", remedy)
    photographer = photo.attributes.get("摄影者") or group.value("摄影者")
    artist = facts.values.get("摄影者", "")
    if artist and photographer and artist not in photographer and photographer not in artist:
        yield rules.warn("camera", where, f"摄影者 {artist}", f"描述为 {photographer}", remedy)


def _same_day(taken: str, described: str) -> bool:
    try:
        span = parse_date(described[:10] if described[:4].isdecimal() else described)
        day = parse_date(taken[:10]).start
    except Invalid:
        return True
    return span.start <= day <= span.end


def _clips(node: Node, found: Described, rules: Rules) -> Iterator[Finding]:
    files = {
        file_name(file): found.files[file_name(file)]
        for file in node.all("文件")
        if file_name(file) in found.files
    }
    facts = dict(zip(files, read_media_facts(entry.path for entry in files.values()), strict=True))
    longest_s = max((fact.duration_s or 0 for fact in facts.values()), default=0)
    for clip in node.all("片段"):
        where = f"{found.name} 片段“{clip.attributes.get('题名', '')}”"
        begin, end = (read_time_code(clip.attributes.get(name, "")) for name in ("起", "止"))
        if begin is None or end is None or end <= begin:
            observed = f"{clip.attributes.get('起', '')}—{clip.attributes.get('止', '')}"
            yield rules.fail("clip", where, "起止时间码，如 00:01:05—00:02:30", observed, "请更正时间码。")
            continue
        name = clip.attributes.get("文件", "")
        length_s = (facts[name].duration_s if name in facts else longest_s) or 0
        if length_s and end > length_s + 1:
            expected, observed = f"不超过时长 {length_s:.0f} 秒", f"止于 {end:.0f} 秒"
            yield rules.fail("clip", where, expected, observed, "请更正时间码。")


def kind_of_recording(node: Node) -> Mapping[str, str]:
    """The element of a package's root, as extra description."""
    return {"门类": "LX" if node.name == RECORDING else "ZP"}


def read_photos(root: Path) -> Package:
    """Reads photographs, sound and film."""
    return read_described(root, "photos", "ZP", check_photos, further=kind_of_recording)


def recognises_photos(root: Path) -> bool:
    """A folder whose description is of photographs, sound or film."""
    return recognises(root, GROUP) or recognises(root, RECORDING)


KIND = Kind(
    "photos", "照片与音像", recognises_photos, read_photos, writer_of(GROUP, RECORDING, first=describe_media)
)
