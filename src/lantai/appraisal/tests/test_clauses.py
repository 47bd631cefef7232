"""What GB/T 39784 asks of appraisal is data, and each function of it is shown by a test that names it."""

import tomllib
from pathlib import Path

CONTEXT = Path(__file__).parents[1]


def test_every_function_the_standard_asks_for_is_cited_by_a_test_and_no_other():
    data = tomllib.loads((CONTEXT / "data" / "clauses.toml").read_text(encoding="utf-8"))
    short = data["standard"].partition("-")[0]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_d*.py"))
    cited = {line.split(f'"{short} {data["chapter"]}：')[1].split('"')[0]
             for line in tests.splitlines() if f'"{short} {data["chapter"]}：' in line}  # fmt: skip
    assert cited == {row["name"] for row in data["function"]}
    assert {row["confidence"] for row in data["function"]} <= {"stated", "likely", "assumed"}
    assert not [row for row in data["function"] if row["confidence"] == "stated" and not row["clause"]]
