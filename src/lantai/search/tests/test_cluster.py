"""Three real nodes; one dies under load."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import uuid
from datetime import date
from pathlib import Path

import pytest

from lantai.core.errors import Unavailable
from lantai.search.adapters.opensearch_engine import Cluster, OpenSearchEngine
from lantai.search.engine import IndexEntry, Reach, SearchRequest
from lantai.search.language import parse

SCRIPT = Path(__file__).parents[4] / "scripts" / "opensearch.sh"
EVERYTHING = (Reach(),)
ROUNDS, EACH, KILLED_AFTER = 30, 40, 10


@pytest.fixture
def nodes():
    if "LANTAI_TEST_OPENSEARCH" not in os.environ:
        pytest.skip("no OpenSearch here: scripts/test-services.sh fetches it")
    folder = Path(tempfile.mkdtemp(prefix="lantai-cluster-"))  # not pytest's: the nodes run as somebody else
    try:
        started = subprocess.run(
            [SCRIPT, "start", folder, "3"], check=True, stdout=subprocess.PIPE, text=True, timeout=280
        )
        yield tuple(started.stdout.strip().split(",")), folder
    finally:
        subprocess.run([SCRIPT, "stop", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def entries(start, number):
    return [
        IndexEntry(
            record_id=str(uuid.UUID(int=start + n)),
            title=f"关于第{start + n}号海塘修筑的通知",
            fonds=f"J{(start + n) % 7:03d}",
            opening_mark="open",
            date_start=date(1950 + n % 40, 1, 1),
            date_end=date(1950 + n % 40, 1, 1),
        )
        for n in range(number)
    ]


@pytest.mark.services
@pytest.mark.timeout(420)
def test_a_node_dies_under_load_and_nothing_is_lost_while_searches_go_on(nodes):
    addresses, folder = nodes
    engine = OpenSearchEngine(Cluster(addresses, f"cluster-{uuid.uuid4().hex}"))
    engine.write(entries(0, EACH))
    asking, troubles, short, answers = threading.Event(), [], [], []
    asking.set()
    written = EACH

    def ask():
        mine = OpenSearchEngine(engine.cluster)
        request = SearchRequest(parse("海塘修筑"), EVERYTHING)
        while asking.is_set():
            promised = written
            try:
                answers.append(mine.search(request).total)
            except Unavailable as error:
                troubles.append(str(error))
            else:
                short.extend(answer for answer in answers[-1:] if answer < promised)

    reader = threading.Thread(target=ask)
    reader.start()
    for turn in range(1, ROUNDS):
        if turn == KILLED_AFTER:
            os.kill(int((folder / "2" / "pid").read_text()), signal.SIGKILL)
        written += engine.write(entries(turn * EACH, EACH))
    asking.clear()
    reader.join()

    assert troubles == []
    assert short == []
    assert len(answers) > ROUNDS
    assert written == ROUNDS * EACH
    assert engine.count() == ROUNDS * EACH
    assert engine.search(SearchRequest(parse("海塘修筑"), EVERYTHING)).total == ROUNDS * EACH
    assert engine.state()[1] == 2


@pytest.mark.services
def test_a_cluster_that_is_not_there_is_named_with_its_remedy():
    engine = OpenSearchEngine(Cluster(("http://127.0.0.1:9",)))
    with pytest.raises(Unavailable, match="lantai doctor"):
        engine.count()
