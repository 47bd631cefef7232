"""Login by the region's identity provider (OIDC): only people who already have an account may enter.

The provider's subject, or its claim ``unified_id``, must be the unified identity that the system
officer has entered for an account. Identity tokens are always verified by the provider's keys,
also when they came straight from it: inside a region the line is not always TLS.
"""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from requests import RequestException

from lantai.core.settings import OIDC_URL
from lantai.core.zones import admits
from lantai.ledger import api as ledger

from ..gates import enter_by_provider
from ..login import following
from ..models import Person
from ..selectors import person_actor

PROVIDER = "region"


class RegionAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The provider named by ``LANTAI_OIDC_URL``."""

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:  # noqa: ARG002 - allauth's signature
        """Where the provider sends people back to."""
        return request.build_absolute_uri(reverse("institutions:unified_callback"))

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        self.did_fetch_access_token = False  # makes allauth verify the signature
        claims: dict[str, Any] = super()._decode_id_token(app, id_token)
        return claims


class RegionProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The provider as allauth knows it: with PKCE, and asking for no more than who it is."""

    oauth2_adapter_class = RegionAdapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        """No e-mail address: the platform has no use for it."""
        return ["openid", "profile"]


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are opened by the system officer; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Never."""
        return False


class KnownPeopleAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in the person whom the provider's answer names, or nobody."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def get_provider(
        self,
        request: HttpRequest,
        provider: str,  # noqa: ARG002 - allauth's signature
        client_id: str | None = None,
    ) -> RegionProvider:
        """There is one provider."""
        return RegionProvider(request, app=self.get_app(request, PROVIDER, client_id))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """Ends allauth's part: what follows needs no account of theirs beside ours."""
        person = known_person(sociallogin)
        if person is None:
            raise ImmediateHttpResponse(
                refuse(request, _("统一身份认证已通过，但您在本平台没有启用的账号。"))
            )
        if not admits(person_actor(person)):
            raise ImmediateHttpResponse(
                refuse(request, _("这个账号的角色不在本网络办理业务，请到单位内部网络上的平台登录。"))
            )
        with transaction.atomic():
            login(request, person, backend="django.contrib.auth.backends.ModelBackend")
            enter_by_provider(request)
            ledger.append(
                act="institutions.log_in_by_provider",
                actor=person_actor(person),
                subject=f"person:{person.id}",
            )
        raise ImmediateHttpResponse(redirect(sociallogin.state["next"]))

    def on_authentication_error(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> NoReturn:
        """A page that says what to do, in place of allauth's."""
        raise ImmediateHttpResponse(refuse(request, _("统一身份认证没有完成。")))


def known_person(sociallogin: SocialLogin) -> Person | None:
    """The active account whose unified identity the provider vouches for."""
    account = sociallogin.account
    claims = account.extra_data.get("id_token") or account.extra_data.get("userinfo") or {}
    identities = [identity for identity in (account.uid, claims.get("unified_id")) if identity]
    people = list(Person.objects.filter(unified_id__in=identities, active=True)[:2])
    return people[0] if len(people) == 1 else None


def refuse(request: HttpRequest, why: str, status: int = 403) -> HttpResponse:
    """The page for those whom the provider or this platform does not let in."""
    return render(request, "institutions/provider_refused.html", {"why": why}, status=status)


def unified_login(request: HttpRequest) -> HttpResponse:
    """Sends the visitor to the provider."""
    _check_set()
    provider = get_adapter(request).get_provider(request, PROVIDER)
    try:
        response: HttpResponse = provider.redirect(request, AuthProcess.LOGIN, next_url=following(request))
    except RequestException:
        return refuse(request, _("统一身份认证暂时没有应答，请稍后再试，或改用账号和口令登录。"), 503)
    return response


def unified_callback(request: HttpRequest) -> HttpResponse:
    """Takes the provider's answer."""
    _check_set()
    response: HttpResponse = OAuth2CallbackView.adapter_view(RegionAdapter(request, PROVIDER))(request)
    return response


def _check_set() -> None:
    if not OIDC_URL.read():
        raise Http404
