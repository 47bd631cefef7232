"""Findings under the sections of RFC 8493, and which of them a draft did not yet insist on."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.core.findings import Finding, Outcome

from ..problems import structural

Version = tuple[int, int]
FIRST_FINAL: Version = (1, 0)
_FIRST_INFO_VERSION: Version = (0, 96)
VERSIONS = frozenset({(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), FIRST_FINAL})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a bag of one version is held to.

    Attributes:
        version: major and minor number.
        encoding: character set of tag files, as a Python codec.
    """

    version: Version = FIRST_FINAL
    encoding: str = "utf-8"

    @property
    def is_final(self) -> bool:
        """Held to RFC 8493, not to a draft."""
        return self.version >= FIRST_FINAL

    @property
    def info_name(self) -> str:
        """The tag file of the bag's metadata: before 0.96 it had another name."""
        return "bag-info.txt" if self.version >= _FIRST_INFO_VERSION else "package-info.txt"

    def fail(self, section: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """What no version allows."""
        return self._finding(section, subject, expected, observed, remedy, Outcome.FAIL)

    def warn(self, section: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """What leaves the bag valid."""
        return self._finding(section, subject, expected, observed, remedy, Outcome.WARN)

    def strict(self, section: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """What 1.0 forbids and the drafts were silent or lenient about."""
        outcome = Outcome.FAIL if self.is_final else Outcome.WARN
        return self._finding(section, subject, expected, observed, remedy, outcome)

    def undecided(self, section: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """What this program cannot decide."""
        return self._finding(section, subject, expected, observed, remedy, Outcome.AWAITING)

    def _finding(
        self, section: str, subject: str, expected: str, observed: str, remedy: str, outcome: Outcome
    ) -> Finding:
        major, minor = self.version
        draft = "" if self.is_final else f"（BagIt {major}.{minor} 草案）"
        clause = f"RFC 8493 §{section}{draft}"
        return structural(f"RFC 8493 {section}", clause, subject, expected, observed, remedy, outcome)
