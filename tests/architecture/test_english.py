"""An English reader reads English where words are kept as data: findings, checks, stages, roles, acts."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from django.utils import translation

from lantai.core.actors import Actor
from lantai.core.errors import Forbidden
from lantai.core.labels import act_label, role_labels, subject_label
from lantai.core.language import gettext, told
from lantai.core.ports import require
from lantai.inspection.registry import STAGE_NAMES, plan

SCRIPT = Path(__file__).parents[2] / "scripts" / "messages.py"


QUOTES = str.maketrans("“”…", '"".')


def messages():
    spec = importlib.util.spec_from_file_location("messages", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recorded_sources():
    module = messages()
    return sorted({path for pattern in module.RECORDED for path in module.PACKAGE.glob(pattern)})


def templates():
    """Every sentence with values of the modules of findings."""
    module = messages()
    return sorted({template for path in recorded_sources() for _line, template in module.sentences(path)})


def is_chinese_text(node):
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.IfExp) and bool(
        re.search("[\u4e00-\u9fff]", ast.unparse(node))
    )


@pytest.fixture
def english(settings):
    """English, from a catalogue compiled of what the sources say now."""
    messages().compile_catalogues()
    settings.LOCALE_PATHS = list(settings.LOCALE_PATHS)  # Django forgets what it read before
    with translation.override("en"):
        yield


def is_english(text):
    return bool(text) and text.isascii()


@pytest.mark.usefixtures("english")
def test_checks_stages_roles_and_acts_are_told_in_english():
    words = [rule.name for rule in plan().rules.values()] + list(plan().natures.values())
    assert [word for word in [*words, *STAGE_NAMES.values()] if not is_english(gettext(word))] == []
    assert is_english(act_label("vault.ingest", 3))
    assert is_english(subject_label("submission:01a2"))
    assert is_english(role_labels("clerk"))


@pytest.mark.usefixtures("english")
def test_a_refusal_is_told_in_english():
    stranger = Actor(id="stranger", name="", roles=frozenset())
    with pytest.raises(Forbidden) as refused:
        require(stranger, "vault.rebuild")
    assert is_english(refused.value.message)
    assert "vault.rebuild" not in refused.value.message


@pytest.mark.usefixtures("english")
def test_fixed_remedies_are_told_in_english():
    assert is_english(gettext("请用 SM3 重新计算该文件的数字摘要。"))


@pytest.mark.usefixtures("english")
def test_every_finding_with_values_in_it_is_told_in_english_with_its_values():
    untold = []
    for template in templates():
        names = re.findall(r"%\((\w)\)s", template)
        values = {name: f"X{place}X" for place, name in enumerate(names)}
        stored = template % values
        said = told(stored)
        if not is_english(said.translate(QUOTES)) or any(value not in said for value in values.values()):
            untold.append((stored, said))
    assert untold == []


@pytest.mark.usefixtures("english")
def test_findings_are_told_as_a_clerk_meets_them():
    assert (
        told("第5件《关于水闸的通知》（目录第7行） “日期”")
        == "Item 5 “关于水闸的通知” (catalogue row 7) “Date”"
    )
    assert told("重复：4（目录第7、8行）") == "Repeated: 4 (catalogue rows 7, 8)"
    assert told("请补填“责任者”。") == "Please fill in “Responsible”."
    assert told("没有任何一句声明过的话 3") == "没有任何一句声明过的话 3", (
        "other words stay as they were filed"
    )


def test_no_finding_is_put_together_of_pieces():
    """Chinese that is added to or filled in by ``%`` would be filed as a sentence nobody declared."""
    pieces = []
    for path in recorded_sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
                sides = [side for side in (node.left, node.right) if not isinstance(side, ast.Call)]
                if any(is_chinese_text(side) for side in sides):
                    pieces.append(f"{path.name}:{node.lineno}")
    assert pieces == [], "write one f-string; scripts/messages.py collects it"
