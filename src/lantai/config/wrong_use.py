"""What is said of a command that is written wrongly: the parser speaks English, the operator need not."""

from __future__ import annotations

import re
import shlex
import sys
from typing import Any

from lantai.core.cli import WRONG_USE, emit
from lantai.core.language import gettext as _

_UNKNOWN_COMMAND = re.compile(
    r"No such command '(?P<name>.*?)'\.(?P<near> Did you mean (?P<names>.*)\?)?", re.DOTALL
)
_CHOICES = re.compile(r"'(?P<given>.*)' is not one of (?P<names>.*)\.", re.DOTALL)
_TYPED = re.compile(r"Input should be a valid (?P<kind>integer|number)")


def tell(error: Any) -> int:
    """Says what is wrong and how to find out what is right; gives the exit code.

    Args:
        error: what the parser raised.
    """
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "lantai"
    said, remedy = explain(error), _("运行 %(command)s --help 查看用法。") % {"command": command}
    if type(error).__name__ == "NoArgsIsHelpError" and context:
        sys.stdout.write(context.get_help())
        said = _("还缺少命令。")
    else:
        sys.stderr.write(f"✗ {said}\n  {remedy}\n")
    subject = shlex.join(["lantai", *sys.argv[1:]])
    emit({"error": said, "subject": subject, "remedy": remedy}, as_json="--json" in sys.argv)
    return WRONG_USE


def explain(error: Any) -> str:
    """The sentence for one error of the parser; one it does not know stays as it is."""
    kind, said = type(error).__name__, str(error.message)
    parameter = getattr(error, "param", None)
    name = _name(parameter) if parameter is not None else ""
    if kind == "MissingParameter":
        help_text = getattr(parameter, "help", "") or ""
        return _("缺少 %(name)s。%(help)s") % {"name": name, "help": help_text}
    if kind == "NoSuchOption":
        return _or_near(_("没有选项 %(name)s。") % {"name": error.option_name}, error.possibilities)
    if found := _UNKNOWN_COMMAND.fullmatch(said):
        near = re.findall(r"'(.*?)'", found["names"] or "")
        return _or_near(_("没有命令 %(name)s。") % {"name": found["name"]}, near)
    return f"{name}：{_value(said)}" if name else _value(said)


def _name(parameter: Any) -> str:
    """An option as it is written, an argument by its name."""
    return str(parameter.opts[0]) if parameter.param_type_name == "option" else str(parameter.name)


def _value(said: str) -> str:
    said = said.removeprefix("Value error, ")
    if found := _CHOICES.fullmatch(said):
        told = {"given": found["given"], "names": found["names"].replace("'", "").replace(", ", "、")}
        return _("“%(given)s”不能用，请用其中之一：%(names)s。") % told
    if found := _TYPED.match(said):
        return _("要写整数。") if found["kind"] == "integer" else _("要写数字。")
    return said


def _or_near(said: str, near: Any) -> str:
    names = "、".join(sorted(near or []))
    return said + (_("是不是 %(names)s？") % {"names": names} if names else "")
