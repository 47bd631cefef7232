"""Which other sites may show our pages in a frame."""

import pytest
from django.urls import reverse

from lantai.core.errors import Invalid
from lantai.core.settings import FRAME_ANCESTORS

pytestmark = pytest.mark.django_db
PAGE = "institutions:login"


def test_nobody_else_may_frame_a_page(client):
    answer = client.get(reverse(PAGE))
    assert "frame-ancestors 'self';" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_the_sites_named_may(client, monkeypatch):
    monkeypatch.setenv(
        "LANTAI_FRAME_ANCESTORS", "https://oa.example.gov.cn, https://app.example.gov.cn:8443/"
    )
    answer = client.get(reverse(PAGE))
    told = "frame-ancestors 'self' https://oa.example.gov.cn https://app.example.gov.cn:8443;"
    assert told in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer


def test_a_frame_of_another_site_keeps_its_login_in_a_jar_of_its_own(client, monkeypatch, settings):
    settings.CSRF_COOKIE_SAMESITE, settings.CSRF_COOKIE_SECURE = "None", True
    assert "Partitioned" not in client.get(reverse(PAGE)).cookies["csrftoken"].OutputString()
    monkeypatch.setenv("LANTAI_FRAME_ANCESTORS", "https://oa.example.gov.cn")
    told = client.get(reverse(PAGE)).cookies["csrftoken"].OutputString()
    for word in ("Partitioned", "SameSite=None", "Secure"):
        assert word in told


@pytest.mark.parametrize(
    "word", ["*", "https://*", "oa.example.gov.cn", "https://a.cn/x", "https://a.cn; script-src *"]
)
def test_what_is_no_origin_is_refused(monkeypatch, word):
    monkeypatch.setenv("LANTAI_FRAME_ANCESTORS", word)
    with pytest.raises(Invalid, match="源"):
        FRAME_ANCESTORS.read()
