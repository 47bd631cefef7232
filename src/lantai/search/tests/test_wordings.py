"""Who looks for an agency by one of its names finds what it made under another."""

import pytest

from lantai.catalogue.api import Authority, Name, save_authority
from lantai.core.actors import SYSTEM
from lantai.records.tests.factories import archive, record
from lantai.search.api import index_records, search

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("Z9", "S28")
def test_a_search_by_any_name_finds_the_records_of_all(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    save_authority(
        authority=Authority(archive=archive()), values={"kind": "agency", "name": "云州县革命委员会"},
        names=[Name("云州县革委会", "short")], actor=SYSTEM,
    )  # fmt: skip
    one = record(title="关于春耕生产的指示", responsible="云州县革命委员会")
    index_records([one.id])
    for word in ("云州县革委会", "雲州縣革委會", "责任者:云州县革委会", "云州县革命委员会"):
        assert [hit.record_id for hit in search(word, SYSTEM).hits] == [str(one.id)], word
    assert search("云州县公安局", SYSTEM).total == 0
