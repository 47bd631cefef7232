"""Pages of the vault, below the desks."""

from django.urls import path

from . import policy_views, views
from .longterm import views as inspecting
from .renewal import views as renewing
from .villages import views as village_views
from .volumes import views as volume_views
from .watch import views as watching

app_name = "vault"
urlpatterns = [
    path("desk/vault/", views.health, name="health"),
    path("desk/vault/audit/", views.start_audit, name="start_audit"),
    path("desk/vault/repair/", views.start_repair, name="start_repair"),
    path("desk/vault/objects/<uuid:record_id>/", views.vault_object, name="object"),
    path("desk/vault/volumes/", volume_views.volumes, name="volumes"),
    path("desk/vault/volumes/<str:number>/", volume_views.volume, name="volume"),
    path("desk/vault/volumes/<str:number>/label.pdf", volume_views.volume_label, name="volume_label"),
    path("desk/vault/volumes/<str:number>/inspect/", volume_views.inspect_volume, name="inspect_volume"),
    path("desk/vault/volumes/<str:number>/reissue/", volume_views.reissue_volume, name="reissue_volume"),
    path("desk/vault/volumes/<str:number>/destroy/", volume_views.destroy_volume, name="destroy_volume"),
    path("desk/villages/", village_views.village_backups, name="village_backups"),
    path("desk/villages/check/", village_views.check_village_backups, name="check_village_backups"),
    path("desk/villages/<uuid:backup_id>/", village_views.village_backup, name="village_backup"),
    path("desk/villages/<uuid:backup_id>/receipt.pdf", village_views.village_receipt, name="village_receipt"),
    path("desk/villages/<uuid:backup_id>/files.zip", village_views.village_files, name="village_files"),
    path(
        "desk/villages/<uuid:backup_id>/withdraw/",
        village_views.withdraw_village_backup,
        name="withdraw_village_backup",
    ),
    path("desk/vault/copies/<uuid:record_id>/", views.record_copies, name="record_copies"),
    path("desk/vault/incidents/", watching.incidents, name="incidents"),
    path("desk/vault/incidents/<uuid:incident_id>/", watching.incident, name="incident"),
    path("desk/vault/policies/", policy_views.policies, name="policies"),
    path("desk/vault/policies/new/", policy_views.policy, name="policy"),
    path("desk/vault/audits/", watching.audits, name="audits"),
    path("desk/vault/audits/<str:store>/", watching.audit_plan, name="audit_plan"),
    path("desk/vault/inspections/", inspecting.inspections, name="inspections"),
    path("desk/vault/inspections/start/", inspecting.start_inspection, name="start_inspection"),
    path("desk/vault/drills/", watching.drills, name="drills"),
    path("desk/vault/drills/start/", watching.start_drill, name="start_drill"),
    path("desk/vault/drills/<uuid:drill_id>/", watching.drill, name="drill"),
    path("desk/vault/drills/<uuid:drill_id>/report.pdf", watching.drill_pdf, name="drill_pdf"),
    path("desk/vault/drills/<uuid:drill_id>/report.json", watching.drill_json, name="drill_json"),
    path("desk/vault/formats/", renewing.formats, name="formats"),
    path("desk/vault/migrations/", renewing.plan_migration, name="plan_migration"),
    path("desk/vault/migrations/<uuid:plan_id>/", renewing.migration, name="migration"),
    path(
        "desk/vault/migrations/<uuid:plan_id>/approve/", renewing.approve_migration, name="approve_migration"
    ),
]
