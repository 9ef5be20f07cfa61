"""The site map."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy as _

from registry import feeds, views

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", views.health, name="health"),
    path("alive", views.alive, name="alive"),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", views.home, name="home"),
        path(_("about/"), views.about, name="about"),
        path(_("accessibility/"), views.accessibility, name="accessibility"),
        path(_("privacy/"), views.privacy, name="privacy"),
        path(_("unsaved/"), views.unsaved_form, name="unsaved"),
        path(_("account/"), include("allauth.account.urls")),
        path(_("rounds.ics"), feeds.rounds_ics, name="rounds_ics"),
        path(_("rounds/<slug:slug>.ics"), feeds.round_ics, name="round_ics"),
        path(_("rounds/<slug:slug>/<int:position>.ics"), feeds.step_ics, name="step_ics"),
        path(_("regions/<slug:slug>.ics"), feeds.region_ics, name="region_ics"),
        path(_("my-calendar/<int:pk>/<slug:key>.ics"), feeds.my_ics, name="my_ics"),
        path("", include("regions.urls")),
        path("", include("pilots.urls")),
    ),
]
