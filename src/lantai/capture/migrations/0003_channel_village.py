"""The village's channel."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more way to come in."""

    dependencies = [("capture", "0002_arrangement")]

    operations = [
        migrations.AlterField(
            model_name="submission",
            name="channel",
            field=models.CharField(
                choices=[
                    ("upload", "网页上传"),
                    ("api", "业务系统接口"),
                    ("folder", "文件夹导入"),
                    ("village", "村里拍照"),
                ],
                max_length=8,
            ),
        ),
    ]
