"""Pages of transfer, below the desks."""

from django.urls import path

from . import views

app_name = "transfer"
urlpatterns = [
    path("desk/transfer/", views.handovers, name="handovers"),
    path("desk/transfer/new/", views.prepare, name="prepare"),
    path("desk/transfer/<uuid:handover_id>/", views.handover, name="handover"),
    path("desk/transfer/<uuid:handover_id>/progress/", views.progress, name="progress"),
    path("desk/transfer/<uuid:handover_id>/submit/", views.submit, name="submit"),
    path("desk/transfer/<uuid:handover_id>/discard/", views.discard, name="discard"),
    path("desk/transfer/<uuid:handover_id>/receive/", views.receive, name="receive"),
    path("desk/transfer/<uuid:handover_id>/resume/", views.resume, name="resume"),
    path("desk/transfer/<uuid:handover_id>/send-back/", views.send_back, name="send_back"),
    path("desk/transfer/<uuid:handover_id>/register/", views.register, name="register"),
    path("desk/transfer/<uuid:handover_id>/register.pdf", views.register_pdf, name="register_pdf"),
    path("desk/transfer/<uuid:handover_id>/register.json", views.register_json, name="register_json"),
]
