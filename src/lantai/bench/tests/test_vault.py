"""The vault's measurement on a small scale: every figure is there, and everything came back."""

import json

import pytest

from lantai.bench import vault


@pytest.mark.timeout(300)
def test_the_vault_is_measured_beside_its_floors():
    seen = []
    result = vault.measure(20, 30, 2, lambda *told: seen.append(told))
    assert result["sound"]
    for key in ("small_objects_per_s", "small_floor_per_s", "files_per_s_in_one_object", "large_ratio_to_hash",
                "audit_ratio_to_sha512sum", "rebuild_objects_per_s", "peak_rss_mib", "empty_file_us"):  # fmt: skip
        assert result[key] > 0, key
    json.dumps(result)
