import json

import pytest
import typer
from typer.testing import CliRunner

from lantai.ledger import commands
from lantai.ledger.models import Leaf

from .factories import tampering, write_entries


@pytest.fixture
def lantai():
    app = typer.Typer()
    commands.register(app)

    def run(*words):
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])

    return run


@pytest.mark.requirement("Z70")
def test_verify_tells_whether_the_ledger_is_whole(db, lantai):
    write_entries(12)
    code, result = lantai("ledger", "verify")
    assert code == 0
    assert (result["ok"], result["entries"], result["first_bad_index"]) == (True, 12, None)
    victim = Leaf.objects.get(index=4).entry_id
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET act = 'x' WHERE subject = 'record:4'")
    code, result = lantai("ledger", "verify")
    assert code == 1
    assert (result["ok"], result["first_bad_index"], result["first_bad_entry"]) == (False, 4, str(victim))


@pytest.mark.requirement("Z70")
def test_a_proof_is_written_and_checked_without_a_database(db, lantai, tmp_path, django_db_blocker):
    entry = write_entries(12)[5]
    file = tmp_path / "proof.json"
    code, result = lantai("ledger", "prove", str(entry.id), "--output", str(file))
    assert code == 0
    assert result["proof"] == json.loads(file.read_text())
    with django_db_blocker.block():
        code, result = lantai("ledger", "check", str(file))
        assert (code, result["ok"], result["leaf"]["id"]) == (0, True, str(entry.id))
        code, _result = lantai("ledger", "check", str(file), "--key-id", "0" * 64)
        assert code == 1
        file.write_text(file.read_text().replace("record.capture", "record.destroy"))
        code, result = lantai("ledger", "check", str(file))
        assert (code, result["ok"]) == (1, False)


def test_head_and_show_tell_what_stands(db, lantai):
    assert lantai("ledger", "head") == (0, {"size": 0, "root": None, "seal": None})
    entry = write_entries(3)[0]
    assert lantai("ledger", "head")[1]["size"] == 3
    code, result = lantai("ledger", "show", str(entry.id))
    assert (code, result["index"], result["entry"]["act"]) == (0, 0, "record.capture")


@pytest.mark.parametrize("words", [("show", "nonsense"), ("prove", "0" * 32), ("check", "/no/such/file")])
def test_what_is_not_there_is_told_with_a_remedy(db, lantai, words):
    code, result = lantai("ledger", *words)
    assert code == 1
    assert result["remedy"]


def test_keys_are_made_listed_rotated_and_exported(lantai, tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    assert lantai("keys", "list") == (0, {"keys": []})
    code, made = lantai("keys", "create", "opening.decision", "--name", "某馆")
    assert code == 0
    assert lantai("keys", "create", "opening.decision")[0] == 1
    _code, rotated = lantai("keys", "rotate", "opening.decision", "--name", "某市档案馆")
    keys = lantai("keys", "list")[1]["keys"]
    assert [(key["key_id"], key["retired"], key["subject_name"]) for key in keys] == [
        (made["key_id"], True, "某馆"),
        (rotated["key_id"], False, "某市档案馆"),
    ]
    assert lantai("keys", "export-public", "opening.decision")[1]["key_id"] == rotated["key_id"]
    assert lantai("keys", "export-public", made["key_id"][:12])[1]["pem"].startswith("-----BEGIN PUBLIC KEY")
    assert lantai("keys", "export-public", "nothing")[0] == 1
    assert b"private" not in json.dumps(keys).encode()
