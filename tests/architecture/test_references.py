"""What the reference pages say is what the code does, and an old Python is told so plainly."""

import ast
import importlib.util
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def load(name):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli_reference", "settings_reference", "roles_reference"])
def test_the_reference_page_is_current(name):
    script = load(name)
    assert script.TARGET.read_text(encoding="utf-8") == script.render(), (
        f"run .venv/bin/python scripts/{name}.py"
    )


def test_the_list_of_commands_is_current():
    from lantai.config.cli import LISTED

    script = load("cli_reference")
    assert LISTED.read_text(encoding="utf-8") == script.render_list(), "run scripts/cli_reference.py"


def test_every_command_explains_itself_and_every_parameter():
    import typer

    from lantai.config.cli import assemble

    script = load("cli_reference")
    mute = [
        f"{path} {parameter.name}"
        for path, command in script._commands(typer.main.get_command(assemble()), "lantai")
        for parameter in command.params
        if not getattr(parameter, "help", "")
    ]
    mute += [
        path
        for path, command in script._commands(typer.main.get_command(assemble()), "lantai")
        if not command.help
    ]
    assert not mute


def test_every_command_gives_json():
    import typer

    from lantai.config.cli import assemble

    commands = [*load("cli_reference")._commands(typer.main.get_command(assemble()), "lantai")]
    assert not [path for path, command in commands if not any("--json" in p.opts for p in command.params)]
    assert not [path for path, command in commands if "JSON：" not in command.help], "name the keys"


@pytest.mark.parametrize(
    ("version", "has_venv", "says"),
    [((3, 9, 2), True, "3.11"), ((2, 7, 18), True, "3.11"), ((3, 11, 0), False, "python3-venv")],
)
def test_a_python_that_will_not_do_is_told_the_remedy(version, has_venv, says):
    assert says in load("require_python").problem(version, has_venv)


def test_a_python_that_will_do_is_told_nothing():
    assert load("require_python").problem((3, 13, 1), has_venv=True) == ""


def test_the_check_is_written_in_a_python_that_old_ones_can_read():
    tree = ast.parse((SCRIPTS / "require_python.py").read_text(encoding="ascii"), feature_version=(3, 0))
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr))
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
