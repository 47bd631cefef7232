"""Where files that stand inside other files are taken out to while a package is open."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path

from lantai.core.temporary import clear_away, unpacking_folder


class Workroom:
    """A folder made when it is first needed, and removed when the package is closed.

    Who needs the files for longer gives a folder of their own with :meth:`keep_in`; what was taken
    out there is found again by a later reading.
    """

    def __init__(self) -> None:
        self._kept: Path | None = None
        self._temporary: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Takes files out to this folder, which closing leaves alone; before anything is read."""
        self._kept = folder

    @property
    def folder(self) -> Path:
        """The folder."""
        if self._kept is not None:
            self._kept.mkdir(parents=True, exist_ok=True)
            return self._kept
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(dir=unpacking_folder(), prefix="taken-out-"))
            weakref.finalize(self, clear_away, self._temporary)
        return self._temporary

    def close(self) -> None:
        """Removes what was taken out, unless it is to be kept."""
        if self._temporary is not None:
            clear_away(self._temporary)
            self._temporary = None
