"""Pages of transfer, below the desks."""

from django.urls import path

from . import correction_views, isolation_views, package_views, plan_views, readiness_views, views

app_name = "transfer"
urlpatterns = [
    path("desk/transfer/", views.handovers, name="handovers"),
    path("desk/transfer/new/", views.prepare, name="prepare"),
    path("desk/transfer/plan/", plan_views.plan, name="plan"),
    path("desk/transfer/plan/count/", plan_views.count, name="count_plan"),
    path(
        "desk/transfer/plan/<uuid:fonds_id>/<int:year>/<slug:kind>/", plan_views.propose, name="propose_date"
    ),
    path("desk/transfer/plan/<uuid:agreement_id>/", plan_views.decide, name="decide_date"),
    path("desk/transfer/corrections/", correction_views.corrections, name="corrections"),
    path("desk/transfer/corrections/<uuid:correction_id>/", correction_views.correction, name="correction"),
    path("desk/transfer/corrections/<uuid:correction_id>/answer/", correction_views.answer, name="answer"),
    path(
        "desk/transfer/corrections/<uuid:correction_id>/files/<uuid:document_id>/",
        correction_views.replace,
        name="replace_document",
    ),
    path("desk/transfer/readiness/", readiness_views.assessments, name="assessments"),
    path("desk/transfer/readiness/new/", readiness_views.assess, name="assess"),
    path("desk/transfer/readiness/<uuid:assessment_id>/", readiness_views.assessment, name="assessment"),
    path(
        "desk/transfer/readiness/<uuid:assessment_id>.pdf",
        readiness_views.assessment_pdf,
        name="assessment_pdf",
    ),
    path("desk/isolations/", isolation_views.isolations, name="isolations"),
    path("desk/isolations/<uuid:isolation_id>/", isolation_views.handle, name="handle_isolation"),
    path("desk/isolate/<uuid:record_id>/", isolation_views.isolate, name="isolate"),
    path(
        "desk/transfer/<uuid:handover_id>/return-items/", correction_views.return_items, name="return_items"
    ),
    path("desk/transfer/<uuid:handover_id>/package/", package_views.package, name="package"),
    path("desk/transfer/<uuid:handover_id>/receipt.json", package_views.receipt, name="receipt"),
    path("desk/transfer/<uuid:handover_id>/", views.handover, name="handover"),
    path("desk/transfer/<uuid:handover_id>/progress/", views.progress, name="progress"),
    path("desk/transfer/<uuid:handover_id>/submit/", views.submit, name="submit"),
    path("desk/transfer/<uuid:handover_id>/discard/", views.discard, name="discard"),
    path("desk/transfer/<uuid:handover_id>/catalogue/", views.attach_catalogue, name="attach_catalogue"),
    path("desk/transfer/<uuid:handover_id>/inspect/", views.inspect, name="inspect"),
    path("desk/transfer/<uuid:handover_id>/receive/", views.receive, name="receive"),
    path("desk/transfer/<uuid:handover_id>/resume/", views.resume, name="resume"),
    path("desk/transfer/<uuid:handover_id>/send-back/", views.send_back, name="send_back"),
    path("desk/transfer/<uuid:handover_id>/register/", views.register, name="register"),
    path("desk/transfer/<uuid:handover_id>/register.pdf", views.register_pdf, name="register_pdf"),
    path("desk/transfer/<uuid:handover_id>/register.json", views.register_json, name="register_json"),
]
