"""``python -m lantai.config``: the same as the ``lantai`` command."""

from lantai.config.cli import main

main()
