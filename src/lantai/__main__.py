"""``python -m lantai``: the same as the ``lantai`` command."""

from lantai.config.cli import main

main()
