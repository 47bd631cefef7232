"""Pages of capture, below the desks."""

from django.urls import path

from . import views

app_name = "capture"
urlpatterns = [
    path("desk/capture/", views.submissions, name="submissions"),
    path("desk/capture/new/", views.submit, name="submit"),
    path("desk/capture/new/loose/", views.submit_loose, name="submit_loose"),
    path("desk/capture/<uuid:submission_id>/", views.submission, name="submission"),
    path("desk/capture/<uuid:submission_id>/progress/", views.progress, name="progress"),
    path("desk/capture/<uuid:submission_id>/resume/", views.resume, name="resume"),
    path("desk/capture/<uuid:submission_id>/receipt.json", views.receipt, name="receipt"),
    path("desk/capture/arrange/", views.arrangements, name="arrangements"),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/", views.arrangement, name="arrangement"),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/number/", views.number, name="number"),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/fix/", views.fix, name="fix"),
    path("desk/capture/arrange/<uuid:scheme_id>/<int:year>/note/", views.note, name="note"),
    path("desk/capture/classify/<uuid:record_id>/", views.classify, name="classify"),
    path("desk/capture/withdraw/<uuid:record_id>/", views.withdraw, name="withdraw"),
]
