"""What is expected tells its class, so that a supervisor sees which years and classes are missing."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


def tell_category(apps, schema_editor):
    """Closed matters registered before say of what class they are."""
    matters = apps.get_model("capture", "ClosedMatter").objects.filter(
        agency=OuterRef("agency"), number=OuterRef("number")
    )
    told = Coalesce(Subquery(matters.values("category")[:1]), Value(""))
    apps.get_model("capture", "Expectation").objects.filter(ground="matter").update(category=told)


class Migration(migrations.Migration):
    dependencies = [("capture", "0010_mail_answers")]

    operations = [
        migrations.AddField(
            model_name="expectation",
            name="category",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.RunPython(tell_category, migrations.RunPython.noop),
    ]
