"""Writes docs/conformance.md: every requirement a test proves, and the scores on published material.

Usage: ``python scripts/conformance.py [--check]``
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "conformance.md"
SCORES = ROOT / "tests" / "conformance" / "scores"
HEAD = """# Conformance

Which requirement is proved by which test. Generated from the `requirement` marks of the tests by
`python scripts/conformance.py`; a requirement that no test proves does not appear. A row is proved
as far as its tests go, no further: many rows of the plans ask for more than is built. Rows S and Z
are those of the two policy plans (see the glossary); other names are standards and their clauses.

| requirement | proved by |
|---|---|
"""
SCORES_HEAD = """
## Scores

How published test material fares: what the tests of `tests/conformance` counted, compared at every
run. The material is third parties' and not part of this project.
"""


def collected() -> dict[str, list[str]]:
    """Requirements and the tests that carry their mark."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", f"--conformance={file.name}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return json.loads(Path(file.name).read_text(encoding="utf-8"))


def _natural(name: str) -> list[tuple[bool, int, str]]:
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]


def page(proofs: dict[str, list[str]]) -> str:
    """The page as Markdown."""
    rows = (
        f"| {name} | {'<br>'.join(f'`{test}`' for test in proofs[name])} |\n"
        for name in sorted(proofs, key=_natural)
    )
    return HEAD + "".join(rows) + SCORES_HEAD + "".join(map(_score, sorted(SCORES.glob("*.json"))))


def _score(path: Path) -> str:
    score = json.loads(path.read_text(encoding="utf-8"))
    lines = [score["columns"], ["---"] * len(score["columns"]), *score["rows"]]
    table = "\n".join(
        f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |" for line in lines
    )
    lede = f"Material: `{score['corpus']}`. {score['note']}".rstrip()
    return f"\n### {score['title']}\n\n{lede}\n\n{table}\n"


if __name__ == "__main__":
    text = page(collected())
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit("docs/conformance.md is out of date: run python scripts/conformance.py")
