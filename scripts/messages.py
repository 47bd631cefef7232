"""Collects strings to translate and compiles catalogues, with Babel alone (no gettext programs).

``extract``  Python and template strings into ``locale/<language>/LC_MESSAGES/django.po``; what is
             translated stays, what is gone goes, what is new is empty.
``compile``  each ``.po`` into the ``.mo`` Django reads.
"""

from __future__ import annotations

import ast
import io
import re
import string
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "lantai"
LOCALE = PACKAGE / "locale"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "gettext_noop": None,
}
DATA_LABELS = {
    "*/data/acts.toml": {"acts": None, "subjects": None},
    "access/data/matters.toml": {"matter": ("label", "ask", "says")},
    "catalogue/data/da_t_18.toml": {"element": ("name", "note")},
    "catalogue/data/fields.toml": {"field": ("title",)},
    "catalogue/data/fonds_file.toml": {"group": ("name", "covers")},
    "catalogue/data/guide.toml": {"section": ("name", "hint")},
    "catalogue/data/quality.toml": {"rule": ("name", "remedy")},
    "catalogue/data/templates.toml": {"element": ("name", "note"), "template": ("name",)},
    "faces/data/navigation.toml": {"*": ("label", "group")},
    "formats/data/formats.toml": {"family": ("name",)},
    "inspection/data/checks.toml": {"natures": None, "check": ("name", "blind"), "plan": ("name",)},
    "institutions/data/roles.toml": {"role": ("label",)},
    "packages/data/eark.toml": {"rule": ("expected",), "sip": ("expected",), "attribute": ("expected",)},
    "records/data/categories.toml": {"category": ("name",)},
    "records/data/classification.toml": {"level": ("name",)},
    "records/data/retention.toml": {"term": ("name",)},
}
"""Data files whose values are shown through gettext: by table the keys that hold words; ``None`` for all."""

RECORDED = (
    "capture/known.py",
    "capture/placing.py",
    "config/api_document.py",
    "config/doctor.py",
    "core/health.py",
    "formats/*.py",
    "formats/[!t]*/*.py",
    "inspection/checks/*.py",
    "inspection/adapters/clamd.py",
    "inspection/engine.py",
    "inspection/registry.py",
    "inspection/scope.py",
    "inspection/sealing.py",
    "inspection/secrets.py",
    "inspection/subjects.py",
    "ledger/custody.py",
    "ledger/outside.py",
    "ledger/proofs.py",
    "ledger/rows.py",
    "ledger/tiles.py",
    "ledger/verification.py",
    "ledger/witnesses.py",
    "transfer/correcting.py",
    "vault/longterm/rounds.py",
    "packages/*.py",
    "packages/[!te]*/*.py",
    "packages/eark/*.py",
    "packages/eep/__init__.py",
    "packages/eep/checking.py",
    "packages/eep/reading.py",
    "packages/eep/signatures.py",
)
"""Modules whose words go into findings: kept in Chinese with the record, translated where they are shown.

Sentences with values in them (f-strings) are collected too, in a context of their own
(:data:`SENTENCES`), by which :func:`lantai.core.language.told` knows them again when they are shown.
"""

SENTENCES = "recorded"

HAN = re.compile("[\u4e00-\u9fff]")

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

Found = tuple[str, int, object]


def messages() -> Iterator[Found]:
    """Every string to translate, with its file and line."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations", "locale"} & set(path.relative_to(PACKAGE).parts):
            yield from _python(path, path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        yield from _template(path)
    for pattern, tables in DATA_LABELS.items():
        for path in sorted(PACKAGE.glob(pattern)):
            yield from ((pattern, 1, word) for word in _labels(path, tables))
    for path in sorted(PACKAGE.rglob("endpoints*.py")):
        yield from ((str(path.relative_to(PACKAGE)), line, word) for line, word in documented(path))
    for path in sorted({path for pattern in RECORDED for path in PACKAGE.glob(pattern)}):
        yield from ((str(path.relative_to(PACKAGE)), line, word) for line, word in recorded(path))


def _labels(path: Path, tables: Mapping[str, tuple[str, ...] | None]) -> Iterator[str]:
    """The words of one data file."""
    for name, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if name not in tables and "*" not in tables:
            continue
        keys = tables.get(name, tables.get("*"))
        if keys is None:
            yield from rows.values()
        else:
            listed = [rows] if isinstance(rows, dict) else rows
            yield from (row[key] for row in listed for key in keys if key in row)


def documented(path: Path) -> Iterator[tuple[int, str]]:
    """Chinese words of a module of endpoints that stand in the document of the API."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        told: list[ast.expr] = []
        if isinstance(node, ast.keyword) and node.arg in {"summary", "description"}:
            told = [node.value]
        elif isinstance(node, ast.Dict):
            keys = (key.value if isinstance(key, ast.Constant) else "" for key in node.keys)
            told = [value for key, value in zip(keys, node.values, strict=True) if key == "description"]
        for value in told:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and HAN.search(value.value):
                yield value.lineno, value.value


def recorded(path: Path) -> Iterator[tuple[int, str]]:
    """Fixed Chinese words of a module of findings; not what it compares or looks up."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and HAN.search(node.value):
                yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            waiting += [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        elif not _is_no_label(node):
            waiting += ast.iter_child_nodes(node)


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Sentences with values of a module of findings, as templates: ``缺 %(a)s，共 %(b)s 处``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            names = iter(string.ascii_lowercase)
            template = "".join(
                str(part.value).replace("%", "%%") if isinstance(part, ast.Constant) else f"%({next(names)})s"
                for part in node.values
            )
            if HAN.search(template) and not template.startswith("<"):
                yield node.lineno, template


def _is_no_label(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name in {"compile", "get", "match", "fullmatch", "removeprefix", "rstrip", "_"}
    return isinstance(node, ast.JoinedStr | ast.Subscript | ast.Compare | ast.Expr) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.Call)
    )


def _python(path: Path, source: str) -> Iterator[Found]:
    options = {"encoding": "utf-8"}
    stream = io.BytesIO(source.encode("utf-8"))
    for line, function, found, _comments in extract_python(stream, list(KEYWORDS), [], options):
        message = _message(KEYWORDS[function], found)
        if message:
            yield str(path.relative_to(PACKAGE)), line, message


def _message(spec: object, found: object) -> object:
    """What one call says, by its keyword's argument positions; nothing for what is not a literal."""
    given = found if isinstance(found, tuple) else (found,)
    if spec is None:
        return given[0]
    words = [given[place - 1] for place in spec if isinstance(place, int) and len(given) >= place]
    return None if not words or None in words else tuple(words) if len(words) > 1 else words[0]


def _template(path: Path) -> Iterator[Found]:
    """Django rewrites a template into calls of gettext; Babel's Python reader takes it from there."""
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    from django.utils.translation.template import templatize

    calls = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    # templatize keeps the text between tags as rows of X, B and so on; only the calls are wanted.
    pattern = re.compile(
        r"\b(gettext|ngettext|pgettext|npgettext|_)\((?:u?'(?:\\.|[^'\\])*'|u?\"(?:\\.|[^\"\\])*\"|[^()])*\)"
    )
    for match in pattern.finditer(calls):
        line = calls.count("\n", 0, match.start()) + 1
        for _file, _line, message in _python(path, match.group(0).replace("\n", " ")):
            yield str(path.relative_to(PACKAGE)), line, message


def template_catalog() -> Catalog:
    """All strings there are now, untranslated."""
    catalog = Catalog(project="lantai", charset="utf-8")
    for path in sorted({path for pattern in RECORDED for path in PACKAGE.glob(pattern)}):
        for _line, template in sentences(path):
            catalog.add(template, locations=[(str(path.relative_to(PACKAGE)), 0)], context=SENTENCES)
    for file, _line, message in messages():
        if isinstance(message, str) and not message.strip():
            continue
        catalog.add(message, locations=[(file, 0)])
    return catalog


def catalogues() -> Iterator[tuple[str, Path]]:
    """Languages and their files."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        yield path.parents[1].name, path


def read(path: Path, language: str) -> Catalog:
    """One catalogue."""
    with path.open("rb") as stream:
        return read_po(stream, locale=language, charset="utf-8")


def extract() -> None:
    """Merges what the sources say into every catalogue."""
    found = template_catalog()
    for language, path in catalogues():
        known = read(path, language)
        known.update(found, no_fuzzy_matching=True)
        known.obsolete.clear()
        path.write_bytes(_plain(known))
        sys.stdout.write(
            f"{language}: {len(known)} strings, {len(untranslated(known))} without translation\n"
        )


_HEADERS = re.compile(
    rb'"(?:Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator'
    rb"|Language-Team|Generated-By)[^\n]*\n"
)
"""Lines of a catalogue's own header that change or say nothing."""


def _plain(catalog: Catalog) -> bytes:
    """The catalogue's text, without dates and addresses that change or say nothing."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, sort_output=True, include_lineno=False)
    return _HEADERS.sub(b"", out.getvalue())


def untranslated(catalog: Catalog) -> list[str]:
    """Strings without a translation, or with one whose placeholders differ from the source's."""
    missing = []
    for message in catalog:
        if not message.id:
            continue
        source = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PLACEHOLDER.findall(source[-1]))
        if not all(given) or any(set(PLACEHOLDER.findall(text)) != wanted for text in given[-1:]):
            missing.append(source[0])
    return missing


def compile_catalogues() -> None:
    """Writes the binary catalogues Django reads."""
    for language, path in catalogues():
        with path.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, read(path, language))


if __name__ == "__main__":
    actions = {"extract": extract, "compile": compile_catalogues}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit("usage: messages.py extract | compile")
    actions[sys.argv[1]]()
