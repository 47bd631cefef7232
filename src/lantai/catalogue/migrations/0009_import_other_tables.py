from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0008_quality_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="other_tables",
            field=models.JSONField(default=list),
        ),
    ]
