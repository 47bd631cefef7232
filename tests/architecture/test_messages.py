"""Every string people read has an English translation with the same placeholders."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "messages.py"


def _script():
    spec = importlib.util.spec_from_file_location("messages", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_string_is_translated():
    messages = _script()
    found = messages.template_catalog()
    for language, path in messages.catalogues():
        known = messages.read(path, language)
        missing = [
            message.id for message in found if message.id and known.get(message.id, message.context) is None
        ]
        assert missing == [], f"{language}: run scripts/messages.py extract and translate"
        assert messages.untranslated(known) == []


def test_template_strings_and_plurals_are_collected():
    ids = {message.id for message in _script().template_catalog()}
    assert "直接到正文" in ids
    assert any(isinstance(found, tuple) for found in ids)
