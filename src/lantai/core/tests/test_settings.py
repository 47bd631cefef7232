"""Settings are declared once, read from three places in order, and refused when they make no sense."""

import pytest

from lantai.core import settings
from lantai.core.errors import Invalid, Unavailable
from lantai.core.seals import signing


@pytest.fixture
def file_values(monkeypatch):
    values = {}
    monkeypatch.setattr(settings, "_file_values", lambda: values)
    return values


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(monkeypatch, file_values):
    assert (settings.SESSION_IDLE_MIN.read(), settings.SESSION_IDLE_MIN.source()) == (30, "default")
    file_values["SESSION_IDLE_MIN"] = "20"
    assert (settings.SESSION_IDLE_MIN.read(), settings.SESSION_IDLE_MIN.source()) == (20, "lantai.toml")
    monkeypatch.setenv("LANTAI_SESSION_IDLE_MIN", "10")
    assert (settings.SESSION_IDLE_MIN.read(), settings.SESSION_IDLE_MIN.source()) == (10, "environment")


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "two"), ("DEBUG", "perhaps"), ("ZONE", "moon")])
def test_nonsense_is_refused_with_meaning_and_default(monkeypatch, name, value):
    monkeypatch.setenv(f"LANTAI_{name}", value)
    with pytest.raises(Invalid, match=f"LANTAI_{name}.*{value}") as refused:
        settings.check_settings()
    assert settings.SETTINGS[name].help in refused.value.remedy


def test_an_unknown_name_in_the_file_stops_the_start(monkeypatch, tmp_path):
    (tmp_path / "lantai.toml").write_text('wrokers = 3\nhosts = ["a", "b"]\n', encoding="utf-8")
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    settings._file_values.cache_clear()
    try:
        with pytest.raises(Invalid, match="WROKERS"):
            settings.HOSTS.read()
        (tmp_path / "lantai.toml").write_text('hosts = ["a", "b"]\n', encoding="utf-8")
        assert settings.HOSTS.read() == ("a", "b")
    finally:
        settings._file_values.cache_clear()


def test_a_setting_is_declared_once_and_before_the_check():
    with pytest.raises(RuntimeError, match="twice"):
        settings.declare("DEBUG", 0, int, "again")
    with pytest.raises(RuntimeError, match=r"core\.settings"):
        settings.declare("LATECOMER", 0, int, "too late")


def test_the_passphrase_may_come_from_a_file(monkeypatch, tmp_path):
    file = tmp_path / "credential"
    file.write_text("从前有座山\n", encoding="utf-8")
    monkeypatch.setenv("LANTAI_KEYSTORE_PASSPHRASE_FILE", str(file))
    assert signing._passphrase(tmp_path / "keystore") == "从前有座山"
    monkeypatch.setenv("LANTAI_KEYSTORE_PASSPHRASE", "庙里有个和尚")
    assert signing._passphrase(tmp_path / "keystore") == "庙里有个和尚"
    monkeypatch.delenv("LANTAI_KEYSTORE_PASSPHRASE")
    file.unlink()
    with pytest.raises(Unavailable, match="KEYSTORE_PASSPHRASE_FILE"):
        signing._passphrase(tmp_path / "keystore")
