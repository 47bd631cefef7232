"""The words the parser of the command line puts around our own in a command's help."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from typer import core

_WORDS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "COMMANDS_PANEL_TITLE": "命令",
    "OPTIONS_PANEL_TITLE": "选项",
    "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
}
_HELPS = {
    "Show this message and exit.": "显示这份说明。",
    "Install completion for the current shell.": "为当前 shell 安装命令补全。",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "显示当前 shell 的补全脚本，供复制或自行安装。"
    ),
}


@cache
def use_own_words() -> None:
    """Has the parser speak as the commands do, from now on."""
    for kind in (core.TyperCommand, core.TyperGroup):
        setattr(kind, "format_help", _in_own_words(kind.format_help))  # noqa: B010 - mypy forbids the assignment


def _in_own_words(format_help: Callable[..., None]) -> Callable[..., None]:
    def format_in_own_words(command: Any, ctx: Any, formatter: Any) -> None:
        from typer import rich_utils  # takes half a second, and only help needs it

        for name, word in _WORDS.items():
            setattr(rich_utils, name, word)
        for parameter in command.get_params(ctx):
            if (told := getattr(parameter, "help", None)) in _HELPS:
                parameter.help = _HELPS[told]
        format_help(command, ctx, formatter)

    return format_in_own_words
