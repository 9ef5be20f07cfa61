"""A headless Chromium, the portal it looks at with the real reference data, and the people who use it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from regions.models import User
from tests.browser.pages import Visit

# Playwright keeps an event loop in this thread; the ORM is used here from ordinary functions all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The style sheets and pictures: those that are collected already, or collected now."""
    there = Path(settings.STATIC_ROOT)
    if "Manifest" in settings.STORAGES["staticfiles"]["BACKEND"]:
        return there
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=str(folder)):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture
def portal(live_server: Any, settings: Any, static_root: Path) -> str:
    """The address of the portal, with the real reference data in it."""
    settings.STATIC_ROOT = str(static_root)
    settings.BASE_URL = live_server.url
    call_command("import_reference", verbosity=0)
    return str(live_server.url)


@pytest.fixture
def visit(browser: Browser, portal: str) -> Iterator[Visit]:
    """Return a maker of pages: ``visit(user, width=…, javascript=…)``, each its own context."""
    contexts: list[BrowserContext] = []

    def opened(user: User | None = None, *, width: int = 1280, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=portal, viewport={"width": width, "height": 900}, java_script_enabled=javascript, locale="fi-FI"
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            value = client.cookies["session"].value
            context.add_cookies([{"name": "session", "value": value, "url": portal}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield opened
    for context in contexts:
        context.close()
