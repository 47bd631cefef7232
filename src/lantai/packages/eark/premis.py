"""PREMIS 3 documents of a package being written: its files, its making, and the software."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import lantai
from lantai.formats.api import UNKNOWN, Identification

from ..dat46 import element, written
from .writing import Placed, moment, tag

PREMIS = "http://www.loc.gov/premis/v3"
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<premis xmlns="{PREMIS}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">\n'
)
SOFTWARE = "Lantai 兰台"


class PremisWriter:
    """Writes a PREMIS document object by object; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._stream.write(_HEAD)

    def add_file(self, file: Placed, identification: Identification, original: str) -> None:
        """A file: its fixity, size, format and the name it came under."""
        digest = element("messageDigestAlgorithm", "SHA-512") + element("messageDigest", file.sha512)
        shown = f"<formatDesignation>{element('formatName', identification.name)}</formatDesignation>"
        if identification.puid != UNKNOWN:
            registry = element("formatRegistryName", "PRONOM")
            key = element("formatRegistryKey", identification.puid)
            shown += f"<formatRegistry>{registry}{key}</formatRegistry>"
        facts = f"<fixity>{digest}</fixity>{element('size', str(file.size_bytes))}<format>{shown}</format>"
        inner = (
            _identifier("object", "local", file.href)
            + f"<objectCharacteristics>{facts}</objectCharacteristics>"
        )
        self._write(tag("object", {"xsi:type": "file"}, inner + element("originalName", original)))

    def add_package(self, name: str) -> None:
        """The package as a whole, with its making and the software that made it."""
        self._write(tag("object", {"xsi:type": "intellectualEntity"}, _identifier("object", "local", name)))
        details = (
            _identifier("event", "local", f"{name}-creation")
            + element("eventType", "information package creation")
            + element("eventDateTime", moment())
            + _link("Agent", SOFTWARE)
            + _link("Object", name)
        )
        self._write(tag("event", {}, details))
        agent = _identifier("agent", "local", SOFTWARE) + element("agentName", SOFTWARE)
        kind = element("agentType", "software") + element("agentVersion", lantai.__version__)
        self._write(tag("agent", {}, agent + kind))

    def _write(self, line: str) -> None:
        self._stream.write(f"{line}\n")

    def __enter__(self) -> PremisWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.write("</premis>\n")
        self._stream.close()


def _identifier(what: str, kind: str, value: str) -> str:
    inner = element(f"{what}IdentifierType", kind) + element(f"{what}IdentifierValue", value)
    return f"<{what}Identifier>{inner}</{what}Identifier>"


def _link(what: str, value: str) -> str:
    name = f"linking{what}Identifier"
    return f"<{name}>{element(f'{name}Type', 'local')}<{name}Value>{written(value)}</{name}Value></{name}>"
