"""The kinds of package: how each is known, read and written.

A kind is one module (or folder) of this context, named by its key, with a constant ``KIND``. It is
imported when it is first asked for. :data:`ORDER` is the order in which kinds are asked whether a
path is theirs: the most specific first, ``folder`` and ``file`` last, because these take anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal, cast

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .package import Package

ORDER = (
    "bagit",
    "eark",
    "web",
    "mail",
    "table",
    "photos",
    "accounting",
    "service",
    "dat93",
    "carrier",
    "eep",
    "folder",
    "file",
)
"""Keys of every kind, in the order they are asked: eark, bagit, web, mail, eep, dat93, carrier, …"""

SHOWN = (
    "folder",
    "dat93",
    "carrier",
    "eep",
    "table",
    "photos",
    "accounting",
    "service",
    "file",
    "mail",
    "web",
    "bagit",
    "eark",
)
"""The same as people are shown them: what the Chinese standards know first."""

Writer = Callable[[Package, Path, Mapping[str, str]], list[str]]
"""``write(package, target, options)`` makes ``target``, a folder or file that does not exist yet,
and answers with sentences about what the kind cannot carry."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of package.

    Attributes:
        key: what it is called in code, on the command line and in JSON.
        title: what people call it.
        recognises: whether what lies at a path is of this kind; cheap, raises nothing, opens no
            more than the few files it is known by. A path is a folder, or a file where ``takes_files``.
        read: the package at that path, whatever lies there: what is wrong, even everything, is in
            ``findings`` and ``structure``. Raises nothing on hostile content.
        write: makes a package of this kind from any other, or ``None`` where it is only read.
        takes_files: a single file may be such a package (``.eml``, ``.warc.gz``); ``False`` for
            kinds that are folders, which may come as an archive.
        stage: at which stage ``lantai inspect`` inspects it unless told otherwise.
    """

    key: str
    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], Package]
    write: Writer | None = None
    takes_files: bool = False
    stage: Literal["GD", "structure"] = "GD"


@cache
def kind_of(key: str) -> Kind:
    """The kind of a key.

    Raises:
        Invalid: there is no such kind.
    """
    if key not in ORDER:
        raise Invalid(
            _("不认识信息包种类“%(kind)s”。") % {"kind": key},
            remedy=_("可用：%(kinds)s；不写则自动判断。") % {"kinds": "、".join(SHOWN)},
        )
    return cast("Kind", import_module(f".{key}", __package__).KIND)


def kinds() -> Iterator[Kind]:
    """Every kind, in order."""
    return map(kind_of, ORDER)


def recognise(path: Path, without: Collection[str] = ()) -> Kind | None:
    """The first kind that takes the path for its own.

    Args:
        path: folder or file.
        without: keys not to ask: an envelope asks about what is in it.
    """
    is_file = path.is_file()
    for kind in kinds():
        if kind.key not in without and (kind.takes_files or not is_file) and kind.recognises(path):
            return kind
    return None
