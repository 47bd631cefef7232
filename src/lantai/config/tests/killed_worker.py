"""A worker process for ``test_jobs_killed``: run as a program, with one slow kind of job."""

import sys
import time

ITEMS = 240


def register() -> None:
    """Adds a job that writes one log line an item, slowly enough to be killed in the middle."""
    from lantai.core.jobs import job

    @job("core.test_slow", title="慢慢数")
    def count_slowly(run):
        run.step("慢慢数", total=ITEMS)
        for chunk in run.chunks(range(ITEMS), size=4):
            with run.commit(chunk):
                for item in chunk:
                    run.log(str(item))
                    time.sleep(0.004)


def main() -> None:
    """``prepare`` migrates and queues the job; ``work`` is the real worker."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.config.settings")
    import django

    django.setup()
    register()
    if sys.argv[1] == "prepare":
        from lantai.config.commands import apply_migrations
        from lantai.core.actors import SYSTEM
        from lantai.core.jobs import start

        apply_migrations()
        start("core.test_slow", SYSTEM)
    else:
        from lantai.config.worker import work

        work()


if __name__ == "__main__":
    main()
