"""Names any file system takes, each once in its folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .dat46 import legal

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAME_BYTES = 200
_LONGEST_ENDING = 16


def safe_name(name: str, fallback: str) -> str:
    """A name any file system takes, as like the given one as can be; its ending is kept."""
    plain = _UNSAFE.sub("_", legal(name)).strip().rstrip(".")
    plain = fallback if plain in {"", ".", ".."} else plain
    if len(plain.encode()) <= _LONGEST_NAME_BYTES:
        return plain
    stem, dot, ending = plain.rpartition(".")
    tail = dot + ending if stem and len(ending) <= _LONGEST_ENDING else ""
    room = _LONGEST_NAME_BYTES - len(tail.encode())
    return (stem if tail else plain).encode()[:room].decode("utf-8", "ignore") + tail


@dataclass(slots=True)
class Namer:
    """Gives each thing in a folder a name of its own, the same whatever the case."""

    taken: set[str] = field(default_factory=set)

    def name(self, wanted: str, fallback: str) -> str:
        """The wanted name, made safe, with a number before its ending where it is taken."""
        plain = safe_name(wanted, fallback)
        stem, dot, ending = plain.rpartition(".")
        number, name = 1, plain
        while name.casefold() in self.taken:
            number += 1
            name = f"{stem}_{number}{dot}{ending}" if stem else f"{plain}_{number}"
        self.taken.add(name.casefold())
        return name
