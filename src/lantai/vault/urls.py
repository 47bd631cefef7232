"""Pages of the vault, below the desks."""

from django.urls import path

from . import views

app_name = "vault"
urlpatterns = [
    path("desk/vault/", views.health, name="health"),
    path("desk/vault/audit/", views.start_audit, name="start_audit"),
    path("desk/vault/repair/", views.start_repair, name="start_repair"),
    path("desk/vault/objects/<uuid:record_id>/", views.vault_object, name="object"),
    path("desk/vault/copies/<uuid:record_id>/", views.record_copies, name="record_copies"),
]
