"""URLs of the opening desk."""

from django.urls import path

from . import views

app_name = "opening"
urlpatterns = [
    path("desk/opening/", views.queue, name="queue"),
    path("desk/opening/decide/", views.decide, name="decide"),
    path("desk/opening/decisions/", views.decisions, name="decisions"),
    path("desk/opening/decisions/<uuid:decision_id>/", views.decision, name="decision"),
    path("desk/opening/decisions/<uuid:decision_id>/withdraw/", views.withdraw, name="withdraw"),
]
