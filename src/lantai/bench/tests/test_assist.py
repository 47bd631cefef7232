"""Assisted description is measured over committed texts, those it was not made with told apart."""

import json

import pytest

from lantai.bench import assist


@pytest.mark.requirement("Z61")
def test_precision_and_recall_are_told_by_element():
    result = assist.measure()
    assert set(result) == {"texts", "ms_per_text", "elements", "held_out", "overall", "wrong"}
    assert set(result["elements"]) == {"title", "date", "responsible", "persons", "places"}
    assert result["texts"] == 50
    assert result["held_out"]["texts"] == 10
    assert set(result["held_out"]["elements"]) == set(result["elements"])
    assert result["overall"]["precision"] >= 0.9
    assert result["overall"]["recall"] >= 0.9
    json.dumps(result)


def test_the_surest_proposals_are_more_often_right():
    assert assist.measure(sure=90)["overall"]["precision"] > assist.measure()["overall"]["precision"]
