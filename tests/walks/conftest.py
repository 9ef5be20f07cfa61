"""The walks in a browser use the browser of the other tests."""

from tests.browser.conftest import browser, portal, static_root, visit

__all__ = ["browser", "portal", "static_root", "visit"]
