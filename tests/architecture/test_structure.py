"""The house holds together: one door a context, relations downwards, short files and functions."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "lantai"
ORDER = {name: place for place, name in enumerate([*settings.CONTEXTS, "bench", "config"])}
DOORS = {"api", "apps"}
OPEN = {"core", "ui"}

LONG_FUNCTIONS: dict[str, str] = {}
"""Functions over 40 lines, each with its reason."""

LONG_FILES: dict[str, str] = {}
"""Files over 400 lines, each with its reason."""


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def context_of(path):
    return path.relative_to(PACKAGE).parts[0]


def imported(path, tree):
    """Full names of what a module imports from the package."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_every_context_is_entered_through_its_api():
    wrong = []
    for path, tree in modules():
        here = context_of(path)
        if here == "config" or "tests" in path.parts:
            continue
        for name in imported(path, tree):
            parts = name.split(".")
            if parts[0] != "lantai" or len(parts) < 3 or parts[1] in {here, *OPEN}:
                continue
            if parts[1] in ORDER and parts[2] not in DOORS:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_model_relations_point_downwards():
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in apps.get_models()
        if model.__module__.startswith("lantai.")
        for field in model._meta.get_fields()
        if field.concrete
        and field.is_relation
        and field.related_model
        and field.related_model.__module__.startswith("lantai.")
        and ORDER[field.related_model._meta.app_label] > ORDER[model._meta.app_label]
    ]
    assert not wrong, wrong


def test_functions_stay_within_forty_lines():
    long = {
        f"{path.relative_to(PACKAGE)}:{node.name}"
        for path, tree in modules()
        if "tests" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _code_lines(node) > 40
    }
    assert long == set(LONG_FUNCTIONS), long ^ set(LONG_FUNCTIONS)


def _code_lines(node):
    """Lines of a function without its docstring."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = first.end_lineno if documented else node.lineno - 1
    return node.end_lineno - start


def test_files_stay_within_four_hundred_lines():
    long = {
        str(path.relative_to(PACKAGE))
        for path, _tree in modules()
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    }
    assert long == set(LONG_FILES), long ^ set(LONG_FILES)


def test_no_page_or_style_reaches_for_another_host():
    outside = re.compile(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//(?!127\.0\.0\.1)""")
    wrong = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for pattern in ("*.html", "*.css", "*.js", "*.svg")
        for path in PACKAGE.rglob(pattern)
        for found in outside.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("name", ["requirements.lock", "package-lock.json", "pyproject.toml", "Makefile"])
def test_no_registry_address_is_written_down(name):
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not there")
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|\"resolved\"", text)


def test_nothing_names_the_machine_it_was_made_on():
    paths = [
        *PACKAGE.rglob("*"),
        *(ROOT / "docs").rglob("*"),
        *(ROOT / "tests").rglob("*"),
        *ROOT.glob("*.*"),
    ]
    words = re.compile("/" + r"(?:work|root|home/\w+)/")
    wrong = [
        str(path.relative_to(ROOT))
        for path in paths
        if path.is_file()
        and path.suffix in {".py", ".md", ".toml", ".html", ".css", ".js", ".sh", ".yml"}
        and words.search(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, wrong
