"""What an installation with an https address must not be: checks that a web server asks before it starts."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.checks import Warning as Advice

from registry.lib import file_store

CATCHERS = {1025, 8025}  # the ports of mail catchers
MOST_PROXIES = 5
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def faults() -> list[tuple[str, str]]:
    """Return what is wrong: the variable, and what to do."""
    hosts, mail = settings.ALLOWED_HOSTS, urlsplit(os.environ.get("EMAIL_URL", ""))
    proxied = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0)
    found = {
        ("DEMO", "Demo accounts have a password that is printed: leave it out."): settings.DEMO,
        ("DEBUG", "Pages of faults show settings: leave it out."): settings.DEBUG,
        ("ALLOWED_HOSTS", "Name the hosts: * answers under every name."): any("*" in host for host in hosts),
        ("BEHIND_TLS_PROXY", "Set 1 and let a proxy end TLS."): not settings.SECURE_PROXY_SSL_HEADER,
        ("PROXIES", f"Count the proxies before the portal: 1 to {MOST_PROXIES}."): not 1 <= proxied <= MOST_PROXIES,
        ("EMAIL_URL", "Name a mail server that delivers."): not mail.hostname
        or settings.EMAIL_CONFIG["EMAIL_BACKEND"] != SMTP
        or mail.port in CATCHERS,
        ("MAIL_CATCHER_URL", "A catcher shows all letters: leave it out."): bool(settings.MAIL_CATCHER_URL),
        ("DEPLOYMENT_KEY", "Give a text that no other installation has."): not settings.DEPLOYMENT_KEY.strip(),
        ("SECRET_KEY", "Give a long random text."): len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 5,
    }
    return [what for what, wrong in found.items() if wrong]


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> list[Error]:
    """Return what is wrong with an installation that has an https address."""
    if not settings.SECURE:
        return []
    return [Error(f"{name}: {advice}", id=f"registry.{name}") for name, advice in faults()]


@register(Tags.files, deploy=True)
def check_attachments(**_: Any) -> list[CheckMessage]:
    """Return what keeps files from being attached; pages are served all the same."""
    found: list[CheckMessage] = []
    if settings.SECURE and not file_store.is_writable():
        found.append(Error("ATTACHMENTS: Name a folder in which files can be written.", id="registry.ATTACHMENTS"))
    if settings.SECURE and not settings.CLAMD:
        words = "CLAMD: Name a virus scanner: until they are scanned, nobody can open the files of a proposal."
        found.append(Advice(words, id="registry.CLAMD"))
    return found


def refuse_to_start() -> None:
    """Raise ``SystemExit`` where the installation must not answer requests."""
    wrong = [check for check in run_checks(tags=[Tags.security], include_deployment_checks=True) if check.is_serious()]
    if settings.SECURE and wrong:
        raise SystemExit("Refused to start:\n" + "\n".join(str(check.msg) for check in wrong))
