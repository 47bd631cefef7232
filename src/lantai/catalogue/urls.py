"""URLs of the catalogue desk."""

from django.urls import path

from .importing import views as importing
from .tree import views as tree

app_name = "catalogue"
DESK = "desk/catalogue/"
urlpatterns = [
    path(f"{DESK}imports/", importing.imports, name="imports"),
    path(f"{DESK}imports/<uuid:import_id>/", importing.one_import, name="import"),
    path(f"{DESK}imports/<uuid:import_id>/progress/", importing.progress, name="import_progress"),
    path(f"{DESK}imports/<uuid:import_id>/load/", importing.load, name="load_import"),
    path(f"{DESK}imports/<uuid:import_id>/undo/", importing.undo, name="undo_import"),
    path(f"{DESK}imports/<uuid:import_id>/corrected/", importing.corrected, name="corrected"),
    path(f"{DESK}tree/", tree.tree, name="tree"),
    path(f"{DESK}tree/<uuid:branch_id>/", tree.branch, name="branch"),
    path(f"{DESK}tree/<uuid:branch_id>/move/", tree.move, name="move_branch"),
    path(f"{DESK}tree/<uuid:branch_id>/group/", tree.group, name="add_group"),
]
