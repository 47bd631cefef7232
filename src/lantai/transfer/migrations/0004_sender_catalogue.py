"""What the sender's own catalogue database says of the records it hands over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transfer", "0003_agreements")]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="catalogue",
            field=models.JSONField(
                default=dict, help_text="export of the sender's database: name, sm3, entries, matched"
            ),
        ),
        migrations.AddField(
            model_name="handoveritem",
            name="catalogued",
            field=models.JSONField(default=dict, help_text="the item as the sender's database has it, by M-code"),
        ),
    ]
