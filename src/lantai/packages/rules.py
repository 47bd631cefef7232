"""The rules of a package standard, from its data file: stable keys, numbers and clauses as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lantai.core.findings import Finding, Outcome

from .problems import structural


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one package kind; findings are made through it, so that none lacks its number."""

    clause: str
    codes: dict[str, str]

    def fail(self, key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """A rule that is broken."""
        return structural(self.codes[key], self.clause, subject, expected, observed, remedy)

    def warn(self, key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """Something told that holds nothing back."""
        code = self.codes[key]
        return structural(code, self.clause, subject, expected, observed, remedy, Outcome.WARN)

    def wait(self, key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
        """Something no program could decide yet."""
        code = self.codes[key]
        return structural(code, self.clause, subject, expected, observed, remedy, Outcome.AWAITING)


@cache
def kind_data(kind: str) -> dict[str, Any]:
    """The data file of a package kind."""
    path = Path(__file__).parent / "data" / f"{kind}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def rules_of(kind: str) -> Rules:
    """The rules of a package kind."""
    data = kind_data(kind)
    return Rules(data["standard"], {rule["key"]: rule["code"] for rule in data["rule"]})
