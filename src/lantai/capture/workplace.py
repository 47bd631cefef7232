"""The working folder of a submission being processed, below its intake.

::

    intake/<id>/package/…      as it came: a folder's content, or one file under the sender's name
    intake/<id>/content/       unpacked; complete as soon as it has this name
    intake/<id>/taken-out/     files that stood inside files (DA/T 48), decoded
    intake/<id>/filing.jsonl   what is to be filed, one line an item, decided once
    intake/<id>/purge.json     files of classified items, to be removed at once
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from secrets import token_hex

from lantai.core import settings as configuration
from lantai.inspection.api import ItemReport
from lantai.packages.api import ArchiveRefused, Limits, Package, is_lone, safe_extract

from .drafting import Filing
from .intake import intake_folder
from .models import Submission


class Workplace:
    """The files of one submission."""

    def __init__(self, submission: Submission) -> None:
        self.folder = intake_folder(submission.id)
        self.package = configuration.home() / submission.package_path
        self.content = self.package if self.package.is_dir() else self.folder / "content"
        self.taken_out = self.folder / "taken-out"
        self.plan = self.folder / "filing.jsonl"
        self._purge = self.folder / "purge.json"
        self._refused: ArchiveRefused | None = None

    def unpack(self) -> None:
        """Unpacks the package into ``content``, whole or not at all; a hostile one stays packed.

        Why an archive was refused is found again when it is inspected, and told in the report. Each
        time goes to a folder of its own: the child of a process that was killed may still write.
        """
        if self.content.exists() or is_lone(self.package):
            return
        for left in self.folder.glob("content.partial*"):
            shutil.rmtree(left, ignore_errors=True)
        partial = self.folder / f"content.partial-{token_hex(4)}"
        partial.mkdir()
        free = shutil.disk_usage(self.folder).free - configuration.DISK_ALARM_BYTES.read()
        limits = Limits(total_bytes=min(Limits().total_bytes, max(free, 0)))
        try:
            safe_extract(self.package, partial, limits)
        except ArchiveRefused as error:
            shutil.rmtree(partial, ignore_errors=True)
            self._refused = error
        else:
            partial.rename(self.content)

    def hold_to(self, package: Package) -> None:
        """Sees to it that nothing is decided on files that are gone when the inspection ends.

        Raises:
            ArchiveRefused: why the package was not unpacked, where the inspection now could: with more
                room on the disk, or a child that is not killed. Processed again, it is unpacked.
        """
        if self._refused is not None and package.unpacked is not None:
            raise self._refused

    @property
    def to_inspect(self) -> Path:
        """What the inspection opens."""
        return self.content if self.content.exists() else self.package

    def write_plan(self, filings: Iterable[Filing], classified: Sequence[ItemReport]) -> int:
        """Keeps what was decided, on disk before the decision is committed.

        Args:
            filings: written as they come.
            classified: looked at when the filings are through.

        Returns:
            how many files are to be purged.
        """
        with self.plan.open("wb") as stream:
            stream.writelines(filing.as_line() for filing in filings)
            stream.flush()
            os.fsync(stream.fileno())
        paths = [part for report in classified for file in report.item.files for part in file.parts]
        self._purge.write_text(json.dumps([os.fsencode(path).hex() for path in paths]))
        return len(paths)

    def filings(self) -> Iterator[Filing]:
        """What is to be filed, in the package's order."""
        with self.plan.open("rb") as stream:
            yield from map(Filing.from_line, stream)

    def purge(self) -> None:
        """Removes the files of classified items, and the package that holds them."""
        paths = [Path(os.fsdecode(bytes.fromhex(text))) for text in json.loads(self._purge.read_text())]
        for path in paths:
            path.unlink(missing_ok=True)
        if paths and self.package.is_file():
            self.package.unlink()
