"""Every act a person may be refused or a ledger line may tell has a name people understand."""

import ast
import tomllib
from pathlib import Path

from lantai.core.labels import act_label, named_acts, role_labels, subject_label

PACKAGE = Path(__file__).parents[2] / "src" / "lantai"
APPENDED = {"append", "establish", "note_use", "_note"}


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if "tests" not in inside.parts and inside.parts[0] not in {"demo", "bench"}:
            yield ast.parse(path.read_text(encoding="utf-8"))


def _constants(tree):
    """The words that names of the module stand for, also where a tuple names several."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                for name, value in zip(names, values, strict=False):
                    if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                        yield name.id, value.value


def _appended():
    """Every act that is given to the ledger: as text, by a constant's name, or as ``f"opening.{…}"``."""
    for tree in _modules():
        known = dict(_constants(tree))
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name not in APPENDED:
                continue
            given = [word.value for word in call.keywords if word.arg == "act"]
            given += call.args[1:2] if name == "_note" else []
            for node in (inner for value in given for inner in ast.walk(value)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
                    yield node.value
                elif isinstance(node, ast.Name) and isinstance(known.get(node.id), str):
                    yield known[node.id]


def test_every_act_in_the_ledger_has_a_label():
    acts = {act.rstrip(".") for act in _appended()}
    assert {"records.create", "vault.ingest", "institutions.review_log", "institutions.appoint"} <= acts
    assert acts - named_acts() - {"opening"} == set()
    assert {"opening.open", "opening.postpone", "opening.withdraw"} <= named_acts()


def test_every_act_that_may_be_refused_has_a_label():
    declared = tomllib.loads((PACKAGE / "config" / "access.toml").read_text(encoding="utf-8"))["acts"]
    assert set(declared) - named_acts() == set()


def test_labels_speak_of_acts_subjects_and_roles_in_words():
    assert act_label("records.create") == "登记入目录"
    assert act_label("records.create", 3) == "登记入目录（同批 3 件）"
    assert subject_label("submission:01a2") == "归档批次 01a2"
    assert subject_label("elsewhere") == "elsewhere"
    assert role_labels("clerk+record_archivist") == "部门文书、档案室档案员"
    assert role_labels("system") == "平台"
