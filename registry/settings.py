"""Settings of the site: one module; what differs between places is an environment variable."""

import re
from importlib.util import find_spec
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from registry.headers import of_a_static_file

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()  # type: ignore[no-untyped-call]
env.smart_cast = False

# --- The place -----------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # earlier keys: what they signed still counts
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")  # absolute addresses come from here only
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE = BASE_URL.startswith("https://")
DEPLOYMENT_KEY = env.str("DEPLOYMENT_KEY", default=BASE_URL)  # a copy restored elsewhere has another key: sends nothing
OPERATOR = env.str("OPERATOR", default="")  # the body that keeps the registry, as its pages name it
DEMO = env.bool("DEMO", default=False)  # the embedded default: demo accounts and the mail catcher's address are shown
MAIL_CATCHER_URL = env.str("MAIL_CATCHER_URL", default="")

# --- Applications --------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "registry",
    "pilots",
    "regions",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "registry.apps.PackedFilesConfig",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
]
MIDDLEWARE = [
    "registry.secret_addresses.RefuseInTheClear",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "registry.kept_answers.KeptAnswers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "registry.headers.headers",
    "registry.lib.directions.as_markup",
    "registry.request_guard.RequestGuard",
    "registry.sessions.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "registry.kept_forms.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registry.patience.Patience",
]
ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.context.site",
            ],
            "builtins": ["registry.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database, cache, jobs -----------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=600), CONN_HEALTH_CHECKS=True, ATOMIC_REQUESTS=False
)
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)  # seconds
# A process that stands still within a transaction holds what it has locked: the database ends its session.
_patience = env.int("IDLE_TRANSACTION_SECONDS", default=60)
# A web server's statements are ended after so long, unless the request writes; 0: never (see registry.patience).
STATEMENT_SECONDS = env.int("STATEMENT_SECONDS", default=0)
FILES_AT_ONCE = env.int("FILES_AT_ONCE", default=3)  # for people who have signed in, and as many for all others
_limits = {"idle_in_transaction_session_timeout": _patience}
if STATEMENT_SECONDS:
    _limits |= {"statement_timeout": STATEMENT_SECONDS, "lock_timeout": STATEMENT_SECONDS}
# A page that is not the next one costs hardly more, in memory and on today's disks: PostgreSQL's own 4 is of turning
# disks, and lets the search read every word of the registry where its index would do.
_planner = "-c random_page_cost=1.1"
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options", " ".join([_planner, *(f"-c {name}={seconds}s" for name, seconds in _limits.items())])
)
# Shared by all processes and there while the broker is down; a cull of few entries would forget guesses of passwords.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Lines of lists, in each process: kept under all that they are made of, so they are never old.
    "template_fragments": {
        "BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
KEPT_MEGABYTES = env.int("KEPT_MEGABYTES", default=0)  # of public pages, in each process (see registry.kept_answers)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER_URL = env.str("BROKER_URL", default="redis://localhost:6379/0")
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)  # how often beat asks for a sweep

# --- Accounts ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "regions.User"
AUTHENTICATION_BACKENDS = ["regions.auth.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "regions.passwords.GuessablePasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my_page"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "regions.auth.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an account is made by invitation: the address has proved itself by then
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no letter to an address without an account; the page answers the same
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "regions.sign_in_letters.PasswordTokens"  # noqa: S105 - a class
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # seconds that a link to a new password lasts
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # the address that was invited, and no other
ACCOUNT_SESSION_REMEMBER = False
# Guesses are delayed by account and address together (36 an hour); a ministry behind one address is not shut out.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "100/m/ip,3/5m/key",
    "reset_password": "60/m/ip,5/h/key",
    "reset_password_from_key": "60/m/ip",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
SESSION_COOKIE_AGE = 4 * 60 * 60  # seconds without a page; see registry.lib.session_times

# --- Mail ----------------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://localhost:1025")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=60)  # seconds for one answer of the mail server
SMTP_DOT_WAIT = env.int("SMTP_DOT_WAIT", default=600)  # seconds for the answer after the body (RFC 5321, 4.5.3.2.6)
MAIL_LEASE = env.int("MAIL_LEASE", default=900)  # seconds that a message is one sender's: longer than SMTP_DOT_WAIT
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", default=2)  # to the mail server, over all processes
MAIL_RATE = env.float("MAIL_RATE", default=25.0)  # mails a second, over all processes
RELAY_LOG = env.str("RELAY_LOG", default="")  # the mail server's log in Postfix's form; empty: there is none to read
RELAY_SETTLES = env.int("RELAY_SETTLES", default=60)  # seconds after which that log has surely told of a mail
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Pilottirekisteri <rekisteri@pilottirekisteri.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Who is told, past the queue of letters, that reminders or mail do not go; by a mail server of their own if named.
OPERATIONS_EMAIL = env.str("OPERATIONS_EMAIL", default="")
OPERATIONS_MAIL = (
    env.email_url("OPERATIONS_EMAIL_URL", default="") if env.str("OPERATIONS_EMAIL_URL", default="") else {}
)
# Where mail comes back to: palautus@… is palautus+<message>-<seal>@… in the envelope. Empty: the plain sender.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
if BOUNCE_ADDRESS and not re.fullmatch(r"[A-Za-z0-9_.-]{1,23}@[A-Za-z0-9.-]{1,180}", BOUNCE_ADDRESS):
    raise ImproperlyConfigured("BOUNCE_ADDRESS is not an address whose local part has at most 23 plain characters")
BOUNCE_MAILBOX = env.str("BOUNCE_MAILBOX", default="")  # a Maildir where mail to BOUNCE_ADDRESS arrives; empty: none

# --- Languages and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "Suomi"), ("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "registry" / "locale"]
USE_TZ = True
TIME_ZONE = "Europe/Helsinki"

# --- Static files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
# Bootstrap's style sheet comes from its wheel; its program is not used.
BOOTSTRAP_CSS = Path(find_spec("bootstrap").submodule_search_locations[0]) / "css"  # type: ignore[union-attr, index]
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", str(BOOTSTRAP_CSS))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "registry.packed.PackedManifestStaticFilesStorage"
    },
}

WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # favicon.ico, which browsers ask for at the root
WHITENOISE_ADD_HEADERS_FUNCTION = of_a_static_file
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "woff2"]

# --- Web security (the figures stand in the README) ----------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's own icons are data images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
    }
}
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE)
SECURE_REDIRECT_EXEMPT = [r"^(health|alive)$"]  # machines ask it without TLS, from inside
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_AGE = None  # it ends with the browser's session, as the privacy page says
CSRF_FAILURE_VIEW = "registry.kept_forms.form_refused"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXIES", default=1)  # whose X-Forwarded-For is believed, counted from us
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Attachments ---------------------------------------------------------------------------------------------------
ATTACHMENTS = env.str("ATTACHMENTS", default=str(BASE_DIR / "var" / "attachments"))  # a folder; never a web root
ATTACHMENTS_MEGABYTES = env.int("ATTACHMENTS_MEGABYTES", default=20_000)  # of all files together, at most
# The virus scanner (clamd): /a/socket or host:port. Empty: there is none, and files stay in quarantine.
CLAMD = env.str("CLAMD", default="")
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "refusals": {"()": "registry.lib.log_lines.Refusals"},
    },
    "formatters": {
        "line": {
            "()": "registry.lib.log_lines.Lines",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "registry.lib.log_lines.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["refusals"]},
        "security": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    "loggers": {"security": {"handlers": ["security"], "level": "INFO", "propagate": False}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
