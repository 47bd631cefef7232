"""Django settings, computed from the settings declared in ``lantai.core.settings``."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lantai.core import settings as lantai
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .logs import LOGGING as LOGGING

PACKAGE = Path(__file__).resolve().parents[1]
HOME = lantai.home()
lantai.check_settings()


def _secret_key() -> str:
    given = lantai.SECRET_KEY.read()
    if given:
        return given
    file = HOME / "secret_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return file.read_text(encoding="ascii")


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "lantai.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    # What is mapped counts as memory held: no more of it than of pages kept.
                    "PRAGMA cache_size=-65536; PRAGMA mmap_size=67108864;"
                    "PRAGMA wal_autocheckpoint=8192;"  # pages: an import's indexes are copied back once, not often
                ),
            },
            "TEST": {"NAME": HOME / "test.sqlite3"},
            # Opening one costs as much as half a page. Not longer: a restored file is another file.
            "CONN_MAX_AGE": 10,
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise Invalid(
            _("不支持的数据库：%(scheme)s。") % {"scheme": parts.scheme},
            subject="LANTAI_DATABASE_URL",
            remedy=_("写作 postgresql://用户:口令@主机:端口/库名，或留空使用 SQLite。"),
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret_key()
DEBUG = lantai.DEBUG.read()
ALLOWED_HOSTS = lantai.HOSTS.read()
DATABASES = {"default": _database(lantai.DATABASE_URL.read())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CONTEXTS = [
    "core",
    "ui",
    "ledger",
    "institutions",
    "records",
    "formats",
    "packages",
    "inspection",
    "vault",
    "catalogue",
    "capture",
    "transfer",
    "appraisal",
    "search",
    "opening",
    "access",
    "supervision",
    "faces",
    "demo",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    *(f"lantai.{name}.apps.{name.capitalize()}Config" for name in CONTEXTS),
]
MIDDLEWARE = [
    "lantai.config.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lantai.config.middleware.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lantai.institutions.middleware.IdleMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lantai.config.middleware.ErrorMiddleware",
    "lantai.institutions.middleware.ActorMiddleware",
    "lantai.config.conditional.ConditionalMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "lantai.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lantai.ui.context.shell",
            ],
        },
    }
]

AUTH_USER_MODEL = "institutions.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "lantai.institutions.passwords.CharacterClassesValidator"},
]
LOGIN_URL = "institutions:login"
LOGIN_REDIRECT_URL = "faces:desk"
LOGOUT_REDIRECT_URL = "faces:home"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "lantai.institutions.login.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "lantai.institutions.login.locked_out"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
OTP_TOTP_ISSUER = "兰台"
ACCOUNT_ADAPTER = "lantai.institutions.adapters.oidc.ClosedAccountAdapter"
SOCIALACCOUNT_ADAPTER = "lantai.institutions.adapters.oidc.KnownPeopleAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "region",
                "name": "统一身份认证",
                "client_id": lantai.OIDC_CLIENT_ID.read(),
                "secret": lantai.OIDC_CLIENT_SECRET.read(),
                "settings": {"server_url": lantai.OIDC_URL.read()},
            }
        ]
        if lantai.OIDC_URL.read()
        else []
    }
}
HTTP_API = "lantai.config.api.api"
ACCESS_DECLARATION = PACKAGE / "config" / "access.toml"

SESSION_COOKIE_AGE = lantai.SESSION_IDLE_MIN.read() * 60
SESSION_COOKIE_HTTPONLY = True
# A page framed by another site gets its cookies only so; browsers ask for TLS then.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = (
    "None" if lantai.FRAME_ANCESTORS.read() and lantai.HTTPS.read() else "Lax"
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = lantai.HTTPS.read()
if lantai.HTTPS.read():
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in lantai.HOSTS.read()]
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = HOME / "uploads"
FILE_UPLOAD_TEMP_DIR = HOME / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
DATA_UPLOAD_MAX_NUMBER_FILES = 10_000

_QUEUE = "celery_queue.CeleryQueue" if lantai.BROKER_URL.read() else "database_queue.DatabaseQueue"
TASKS = {"default": {"BACKEND": f"lantai.core.jobs.adapters.{_QUEUE}"}}
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
