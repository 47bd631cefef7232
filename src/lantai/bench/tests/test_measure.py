"""The measurements on a small scale: the keys others read, no wrong count, no record lost."""

import json

import pytest

from lantai.bench import capture, imports, ingest, relevance, search, sheetpeer


def untold(_step, done, total):
    assert done <= total


def test_search_answers_in_its_keys_with_no_wrong_count(tmp_path):
    result = search.measure(1_000, untold, tmp_path / "index")
    assert set(result) == {
        "engine", "entries", "queries", "entries_per_s", "p50_ms", "p95_ms", "p99_ms", "facet_p95_ms",
        "mean_hits", "wrong_counts", "wrong", "index_bytes", "peak_rss_mib", "peer", "cpus",
    }  # fmt: skip
    assert (result["entries"], result["queries"]) == (1_000, 200)
    assert (result["wrong_counts"], result["wrong"]) == (0, [])
    assert 0 < result["p50_ms"] <= result["p95_ms"] <= result["p99_ms"]
    assert result["mean_hits"] > 0
    assert result["index_bytes"] > 0
    json.dumps(result)


def test_a_peer_is_given_what_it_can_take_and_the_truth_of_that(tmp_path):
    def peer(number, queries, truth, _notice):
        return {"right": truth == search.true_counts(queries, number, untold)}

    result = search.measure(2_000, untold, tmp_path / "index", peer=peer, peer_entries=1_000)
    assert result["peer"] == {"entries": 1_000, "right": True}
    assert (result["entries"], result["wrong_counts"]) == (2_000, 0)


def test_a_wrong_count_would_be_told():
    queries = search.mix()
    truth = search.true_counts(queries, 1_000, untold)
    wrong = search.wrong_counts(queries, [-1] * len(queries), truth)
    assert [line["query"] for line in wrong] == [query.text for query in queries]
    assert sum(line["truth"] for line in wrong) > 0


@pytest.mark.requirement("S28")
def test_answers_stand_in_the_order_people_want():
    result = relevance.measure()
    assert set(result) == {
        "engine", "records", "questions", "ndcg_at_10", "ndcg_at_10_by_meaning",
        "otherwise", "otherwise_ndcg_at_10", "otherwise_ndcg_at_10_by_meaning",
        "unseen", "unseen_ndcg_at_10", "unseen_ndcg_at_10_by_meaning",
        "elsewhere", "elsewhere_shown", "elsewhere_shown_by_meaning", "worst",
    }  # fmt: skip
    assert result["elsewhere_shown"] == 0
    if result["unseen_ndcg_at_10_by_meaning"] is not None:  # the extra is installed
        assert result["unseen_ndcg_at_10_by_meaning"] > 0.75
    assert result["questions"] >= 40
    assert result["ndcg_at_10"] > 0.95


def test_the_best_order_counts_as_one_and_none_as_nothing():
    assert relevance.ndcg([1, 2], {1: 3, 2: 1}) == 1
    assert 0 < relevance.ndcg([9, 2, 1], {1: 3, 2: 1}) < 1
    assert relevance.ndcg([9], {1: 3}) == 0


@pytest.mark.timeout(300)
def test_ingest_stores_every_record_and_answers_in_its_keys():
    result = ingest.measure(10, untold)
    assert set(result) == {
        "records", "records_stored", "records_per_s", "floor_records_per_s", "bytes",
        "seconds_by_step", "cpu_ms_per_record", "peak_rss_mib", "cpus",
    }  # fmt: skip
    assert result["records"] == result["records_stored"] == 10
    assert set(result["seconds_by_step"]) == {
        "capture", "sign_number_send", "archive_after_the_last", "sweep",
    }  # fmt: skip
    assert 0 < result["records_per_s"] < result["floor_records_per_s"]
    assert result["bytes"] > 10 * 20_000
    assert result["peak_rss_mib"] > 0
    json.dumps(result)


@pytest.mark.services
@pytest.mark.timeout(300)
def test_a_package_goes_through_the_whole_capture_and_answers_in_its_keys():
    result = capture.measure(40, untold)
    assert set(result) == {
        "files", "records", "documents", "returned", "seconds", "manifest_bytes_per_file", "files_per_s", "floor_seconds",
        "floor_files_per_s", "peak_rss_mib", "peak_rss_mib_first_half", "cpus",
    }  # fmt: skip
    assert (result["files"], result["records"], result["documents"], result["returned"]) == (40, 10, 40, 0)
    assert 0 < result["manifest_bytes_per_file"] <= 2048
    assert 0 < result["peak_rss_mib_first_half"] <= result["peak_rss_mib"]
    json.dumps(result)


def test_the_peer_of_the_import_finds_what_the_sheet_holds(tmp_path):
    sheet = tmp_path / "目录.xlsx"
    imports.write_sheet(sheet, 500, untold)
    told = sheetpeer.measure(sheet, tmp_path, 500)
    titles = [title for _code, title, *_rest in imports._cells(500)]
    assert told["found"] == sum(sheetpeer.ASKED in title for title in titles) > 0
    assert told["rows_per_s"] > 0
    assert told["cpu_us_per_row"] > 0
