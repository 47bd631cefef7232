# ruff: noqa: ARG002 - the arguments are the protocol's
"""The writing half of a store that is never written: every attempt is refused in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from lantai.core.errors import Conflict
from lantai.core.language import gettext as _

from ..stores import ObjectFiles, Placement


class NoFiles:
    """The files of an object that lies on no volume of the stack."""

    def paths(self) -> Iterable[str]:
        """None."""
        return ()

    def open(self, path: str) -> IO[bytes]:
        """There is none."""
        raise FileNotFoundError(path)

    def size_bytes(self, path: str) -> int:
        """There is none."""
        raise FileNotFoundError(path)

    def local_path(self, path: str) -> Path:
        """There is none."""
        raise FileNotFoundError(path)


class SealedStore:
    """What :class:`lantai.vault.stores.Store` asks of a store that is written to."""

    def prepare(self) -> None:
        """A sealed volume is never prepared."""
        raise _sealed()

    def begin(self, batch: str) -> None:
        """Refused."""
        raise _sealed()

    def stage(self, batch: str, slot: str, path: str) -> AbstractContextManager[IO[bytes]]:
        """Refused."""
        raise _sealed()

    def stage_files(self, batch: str, slot: str, files: Mapping[str, bytes]) -> None:
        """Refused."""
        raise _sealed()

    def unstage(self, batch: str, slot: str) -> None:
        """Nothing was staged."""

    def staged(self, batch: str, slot: str) -> ObjectFiles:
        """Nothing was staged."""
        return NoFiles()

    def sync(self) -> None:
        """Nothing was written."""

    def place(self, batch: str, placement: Placement) -> None:
        """Refused."""
        raise _sealed()

    def take_back(self, placement: Placement) -> None:
        """Nothing was placed."""

    def replace(self, batch: str, slot: str, object_path: str) -> None:
        """Refused."""
        raise _sealed()

    def erase(self, batch: str, slot: str, object_path: str) -> None:
        """Refused: a sealed volume is issued anew instead."""
        raise _sealed()

    def discard(self, batch: str) -> None:
        """Nothing was staged."""

    def put_evidence(self, path: str, content: bytes) -> None:
        """Refused."""
        raise _sealed()


def _sealed() -> Conflict:
    return Conflict(
        _("离线卷已封装，只能读。"), remedy=_("要更新内容，请用 lantai vault volumes make 制作新卷。")
    )
