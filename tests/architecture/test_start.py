"""The command line starts quickly: what only one command needs is imported by that command."""

import subprocess
import sys

HEAVY = (
    *("docx", "pikepdf", "xlsxwriter", "PIL", "lantai.demo.walk", "lantai.bench.ingest"),
    *("opensearchpy", "boto3", "obstore", "ninja", "typst", "warcio"),
)
PROGRAM = f"""
import sys
from lantai.config.cli import assemble
assemble()
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_the_command_line_starts_without_what_only_one_command_needs():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def loaded_by(*arguments):
    """Modules of the platform and of Django that a run of ``lantai`` has loaded at its end, and what it said."""
    program = """
import sys
from lantai.config.cli import main
try:
    main()
except SystemExit:
    print("###", *(name for name in sys.modules if name.startswith(("lantai.", "django."))))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said, _, names = done.stdout.partition("###")
    return set(names.split()), said


def test_the_list_of_commands_is_shown_without_loading_the_platform():
    names, said = loaded_by("--help")
    assert "inspect" in said
    assert names == {"lantai.config", "lantai.config.cli", "lantai.config.help_words"}


def test_a_package_is_inspected_without_the_contexts_above_inspection(tmp_path):
    paper = tmp_path / "正文.txt"
    paper.write_text("关于防汛的通知", encoding="utf-8")
    names, said = loaded_by("inspect", str(paper), "--json")
    assert '"verdict"' in said
    assert not {
        name for name in names if name.startswith(("lantai.vault", "lantai.capture", "lantai.search"))
    }
