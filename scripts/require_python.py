"""Says plainly when this Python cannot run Lantai. Valid on any Python, 2.7 included."""

# ruff: noqa: UP031 - newer ways to format are not Python 2
import sys

OLDEST = (3, 11)


def problem(version, has_venv):
    """The message for this Python, or an empty string when all is well."""
    if tuple(version[:2]) < OLDEST:
        return (
            "Lantai needs Python %d.%d or newer; this is Python %d.%d (%s).\n"
            "Install a newer one and name it, for example: make PYTHON=python3.11 demo"
            % (OLDEST + tuple(version[:2]) + (sys.executable,))
        )
    if not has_venv:
        return (
            "This Python (%s) cannot make virtual environments: the module ensurepip is missing.\n"
            "On Debian, Ubuntu, Kylin or UOS install it with: sudo apt install python3-venv" % sys.executable
        )
    return ""


def has_venv():
    """Whether the parts that Debian ships apart are here."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(problem(sys.version_info, has_venv()) or 0)
