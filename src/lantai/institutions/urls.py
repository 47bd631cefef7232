"""Addresses of the institutions."""

from django.urls import path

from . import login
from .adapters import oidc
from .views import account, api_keys, log_reviews, organisations, people

app_name = "institutions"
urlpatterns = [
    path("login/", login.login, name="login"),
    path("login/code/", login.code, name="code"),
    path("login/unified/", oidc.unified_login, name="unified_login"),
    path("login/unified/callback/", oidc.unified_callback, name="unified_callback"),
    path("logout/", login.leave, name="logout"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/authenticator/", account.authenticator, name="authenticator"),
    path("account/sessions/<uuid:session_id>/end/", account.end_session, name="end_session"),
    path("desk/people/", people.people, name="people"),
    path("desk/people/new/", people.open_account, name="open_account"),
    path("desk/people/<uuid:person_id>/", people.person, name="person"),
    path("desk/people/<uuid:person_id>/active/", people.toggle, name="set_active"),
    path("desk/people/<uuid:person_id>/password/", people.reset, name="reset_password"),
    path(
        "desk/people/<uuid:person_id>/authenticator/",
        people.forget_authenticator,
        name="remove_authenticator",
    ),
    path("desk/people/<uuid:person_id>/appointments/", people.appoint_person, name="appoint"),
    path(
        "desk/people/<uuid:person_id>/appointments/<uuid:appointment_id>/end/",
        people.dismiss_person,
        name="dismiss",
    ),
    path("desk/people/<uuid:person_id>/grants/", people.grant_person, name="grant"),
    path("desk/people/<uuid:person_id>/grants/<uuid:grant_id>/end/", people.end_grant, name="revoke_grant"),
    path("desk/organisations/", organisations.organisations, name="organisations"),
    path("desk/organisations/new/", organisations.add_organisation, name="add_organisation"),
    path("desk/organisations/regions/new/", organisations.add_region, name="add_region"),
    path("desk/organisations/<uuid:organisation_id>/", organisations.organisation, name="organisation"),
    path(
        "desk/organisations/<uuid:organisation_id>/departments/new/",
        organisations.add_department,
        name="add_department",
    ),
    path("desk/api-keys/", api_keys.api_keys, name="api_keys"),
    path("desk/api-keys/new/", api_keys.issue, name="issue_api_key"),
    path("desk/api-keys/<uuid:key_id>/revoke/", api_keys.revoke, name="revoke_api_key"),
    path("desk/log-reviews/", log_reviews.log_reviews, name="log_reviews"),
    path("desk/log-reviews/<slug:role>/", log_reviews.log_review, name="log_review"),
]
