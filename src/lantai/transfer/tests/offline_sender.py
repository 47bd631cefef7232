"""An agency's installation: three records handed over, one of them in pages. Prints the hand-over's id."""

import sys

import django


def main():
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from lantai.transfer.tests import factories as make

    make.filed(3)
    carrier = {"type": "移动硬盘 1 TB", "numbers": "YZ-2026-01", "looks": "完好，无划痕"}
    handover = make.submitted(carrier=carrier)
    sys.stdout.write(str(handover.id))


if __name__ == "__main__":
    main()
