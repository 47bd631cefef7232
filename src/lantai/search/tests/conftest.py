"""Every engine there is, one after the other."""

import pytest

from .engines import distributed, embedded, remembering


@pytest.fixture(params=[embedded, remembering, pytest.param(distributed, marks=pytest.mark.services)])
def engine(request, tmp_path):
    yield from request.param(tmp_path)
