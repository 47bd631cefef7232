"""Logs tell where an error came from, and nothing of what people typed."""

import json
import logging.config

from lantai.config.logs import LOGGING


def test_an_error_of_a_library_tells_the_way_to_it_and_not_its_words():
    formatter = logging.config.DictConfigurator(LOGGING).configure_formatter(LOGGING["formatters"]["json"])
    try:
        int("张三的身份证号")
    except ValueError as error:
        record = logging.LogRecord(
            "django.request", logging.ERROR, "x.py", 1, "Internal Server Error: /search", (),
            (type(error), error, error.__traceback__),
        )  # fmt: skip
    line = formatter.format(record)
    told = json.loads(line.splitlines()[0])
    assert told["exception"] == "ValueError"
    assert told["way"][-1].partition(":")[0].endswith("test_logs.py")
    assert "张三" not in line
