"""Writing encapsulations of DA/T 48-2009, one for each record, of type 原始型."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _

from ..catalogue_writing import write_declaration
from ..encapsulation.parsing import ROOT
from ..losses import Losses
from ..naming import Namer
from ..package import Package, PackageItem
from ..placement import folder_for
from ..rules import kind_data
from ..xmlcatalogue import DECLARATION
from .checking import KEY
from .emitting import Emitter, emit_description, emit_document
from .items import AGENTS, BUSINESS, CREATED, HISTORY, RELATIONS, UNIT
from .reading import ENDING
from .signing import Signer, emit_signatures

_BEIJING = timezone(timedelta(hours=8))
_OWN_EXTRA = frozenset({BUSINESS, AGENTS, *RELATIONS, UNIT, CREATED, "序号"})
_PACKAGE_DIGESTS = ("信息包摘要", "包摘要", "数字摘要")
ORIGINAL = "修改0"


def write_eep(package: Package, target: Path, options: Mapping[str, str]) -> list[str]:
    """Writes each record as one ``.eep``: a folder of them, a ZIP, or the one file itself.

    Args:
        package: of any kind.
        target: must not exist; a name ending in ``.eep`` takes the only record of a package.
        options: ``sign`` (``yes``) signs each with the platform's key; ``unit`` is 封装包创建单位.

    Returns:
        what could not be carried, in sentences.
    """
    losses = Losses()
    unit = options.get("unit", "") or package.declaration.agency
    signer = Signer.default() if options.get("sign", "").lower() in {"yes", "true", "1"} else None
    if target.suffix.lower() == ENDING:
        _write_only(package, target, unit, signer, losses)
        return losses.sentences()
    with folder_for(target) as folder:
        namer = Namer({DECLARATION.casefold()})
        for number, item in enumerate(package, 1):
            code = item.metadata.get("M8", "").strip()
            name = namer.name(f"{number:06d}{'_' if code else ''}{code}{ENDING}", "件")
            write_original(item, folder / name, unit=unit, signer=signer, losses=losses)
        lines = {name: value for name, value in package.declaration.values.items() if value}
        for name in _PACKAGE_DIGESTS:
            if lines.pop(name, ""):
                losses.note(_("“%(name)s”是原包的，新包未写") % {"name": name}, DECLARATION)
        if lines:
            write_declaration(folder / DECLARATION, lines, "utf-8", losses)
    return losses.sentences()


def write_original(
    item: PackageItem,
    target: Path,
    *,
    unit: str = "",
    signer: Signer | None = None,
    losses: Losses | None = None,
) -> None:
    """Writes a record as an encapsulation of type 原始型.

    Args:
        item: the record.
        target: the ``.eep`` to be made.
        unit: 封装包创建单位; by default the record's 立档单位.
        signer: signs it, if given.
        losses: told what has no place.
    """
    writing = Writing(item, unit or item.metadata.get("M6", "").strip(), losses or Losses())
    with target.open("wb") as stream:
        out = Emitter(stream)
        out.put('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.open(ROOT, {"xmlns": kind_data(KEY)["namespace"]})
        emit_head(out)
        emit_signed_head(out, "原始型", writing.now, writing.unit)
        out.open("封装内容")
        writing.emit_blocks(out)
        out.close("封装内容")
        out.close("被签名对象")
        finish(out, target, signer, ORIGINAL, writing.now)


@dataclass(slots=True)
class Writing:
    """A record on its way into an encapsulation."""

    item: PackageItem
    unit: str
    losses: Losses
    now: str = field(default_factory=lambda: datetime.now(_BEIJING).isoformat(timespec="seconds"))

    def emit_blocks(self, out: Emitter) -> None:
        """The three blocks."""
        metadata = self._metadata()
        out.open("文件实体块")
        out.open("文件实体")
        placed = emit_description(out, metadata)
        out.open("文件数据")
        for number, file in enumerate(self.item.files, 1):
            emit_document(out, file, number, ORIGINAL)
            if any(file.declared):
                self.losses.note(_("文件的数字摘要没有位置，未写入"), self.item.label)
        out.close("文件数据")
        out.close("文件实体")
        emit_entities(out, RELATIONS[0], self._entities(RELATIONS[0]))
        out.close("文件实体块")
        self.emit_acts(out, metadata["M7"])
        self.losses.note_values(self.item, placed | _OWN_EXTRA)
        if HISTORY in self.item.extra:
            self.losses.note(_("修改历史只在原封装包中"), self.item.label)
        for name in self.item.missing:
            self.losses.note(_("目录列出而包内没有的文件"), f"{self.item.label} {name}")

    def emit_acts(self, out: Emitter, record: str, *acts: Mapping[str, Any]) -> None:
        """业务实体块 and 机构人员实体块: as the record came, else the act of packaging itself."""
        agents = self._entities(AGENTS) or [
            {"机构人员标识符": "机构人员1", "机构人员类型": "单位", "机构人员名称": self.unit}
        ]
        done = [*self._entities(BUSINESS), *acts] or [self.act("封装", record, agents)]
        out.open("业务实体块")
        emit_entities(out, BUSINESS, done)
        out.close("业务实体块")
        out.open("机构人员实体块")
        emit_entities(out, AGENTS, agents)
        emit_entities(out, RELATIONS[1], self._entities(RELATIONS[1]))
        out.close("机构人员实体块")

    def act(self, name: str, record: str, agents: list[dict[str, Any]]) -> dict[str, Any]:
        """An act done now, by the first of the agents."""
        return {
            "业务标识符": f"业务{len(self._entities(BUSINESS)) + 1}",
            "机构人员标识符": agents[0].get("机构人员标识符", "") if agents else "机构人员1",
            "文件标识符": record,
            "业务状态": "历史行为",
            "业务行为": name,
            "行为时间": self.now,
        }

    def _metadata(self) -> dict[str, str]:
        given = {code: value.strip() for code, value in self.item.metadata.items()}
        parts = sum(len(file.parts) for file in self.item.files)
        given["M1"] = given.get("M1") or "文件"
        given["M6"] = given.get("M6") or self.unit
        given["M41"] = given.get("M41") or ("组合文件" if parts > 1 else "单件")
        if not given.get("M7"):
            given["M7"] = str(new_id())
            self.losses.note(_("原来没有电子文件号（M7），已赋予"), self.item.label)
        return given

    def _entities(self, name: str) -> list[dict[str, Any]]:
        return entities_of(self.item, name)


def entities_of(item: PackageItem, name: str) -> list[dict[str, Any]]:
    """Entities a record brought along in its ``extra``; none where what stands there is no list."""
    try:
        found = json.loads(item.extra.get(name, "") or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def emit_entities(out: Emitter, name: str, entities: Sequence[Mapping[str, Any]]) -> None:
    """Entities or relations, one element each."""
    for entity in entities:
        out.plain(name, entity)


def emit_head(out: Emitter) -> None:
    """What the document says of itself."""
    data = kind_data(KEY)
    out.leaf("封装包格式描述", data["format_description"])
    out.leaf("版本", data["version"])


def emit_signed_head(out: Emitter, kind: str, moment: str, unit: str) -> None:
    """The start of 被签名对象."""
    data = kind_data(KEY)
    out.open("被签名对象", {"eep版本": data["version"]})
    out.leaf("封装包类型", kind)
    out.leaf("封装包类型描述", data["types"][kind])
    out.leaf("封装包创建时间", moment)
    out.leaf("封装包创建单位", unit)


def finish(
    out: Emitter, target: Path, signer: Signer | None, layer: str, moment: str, root: str = ROOT
) -> None:
    """Closes the document, with signatures where somebody signs."""
    end = f"</{root}>\n".encode()
    place = out.stream.tell()
    out.stream.write(end)
    out.stream.flush()
    if signer is None:
        return
    out.stream.seek(place)
    emit_signatures(out, target, signer, layer, moment)
    out.stream.write(end)
    out.stream.truncate()


def _write_only(package: Package, target: Path, unit: str, signer: Signer | None, losses: Losses) -> None:
    for number, item in enumerate(package, 1):
        if number > 1:
            losses.note(_("一个 .eep 只装一件，其余未写入"), item.label)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_original(item, target, unit=unit, signer=signer, losses=losses)
