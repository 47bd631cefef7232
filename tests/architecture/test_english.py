"""An English reader reads English where words are kept as data: findings, checks, stages, roles, acts."""

import importlib.util
from pathlib import Path

import pytest
from django.utils import translation

from lantai.core.actors import Actor
from lantai.core.errors import Forbidden
from lantai.core.labels import act_label, role_labels, subject_label
from lantai.core.language import gettext
from lantai.core.ports import require
from lantai.inspection.registry import STAGE_NAMES, plan

SCRIPT = Path(__file__).parents[2] / "scripts" / "messages.py"


@pytest.fixture
def english(settings):
    """English, from a catalogue compiled of what the sources say now."""
    spec = importlib.util.spec_from_file_location("messages", SCRIPT)
    messages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(messages)
    messages.compile_catalogues()
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
    assert gettext("请把“题名”改为整数。") == "请把“题名”改为整数。", "words with values stay as filed"
