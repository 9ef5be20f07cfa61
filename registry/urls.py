"""The site map."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy as _

from registry import feeds
from registry.views import groups, health, home, kept_forms, organisations, regions, texts

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.health, name="health"),
    path("alive", health.alive, name="alive"),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", home.home, name="home"),
        path(_("about/"), texts.about, name="about"),
        path(_("accessibility/"), texts.accessibility, name="accessibility"),
        path(_("privacy/"), texts.privacy, name="privacy"),
        path(_("unsaved/"), kept_forms.unsaved_form, name="unsaved"),
        path(_("account/"), include("allauth.account.urls")),
        path(_("rounds.ics"), feeds.rounds_ics, name="rounds_ics"),
        path(_("rounds/<slug:slug>.ics"), feeds.round_ics, name="round_ics"),
        path(_("rounds/<slug:slug>/<int:position>.ics"), feeds.step_ics, name="step_ics"),
        path(_("regions/<slug:slug>.ics"), feeds.region_ics, name="region_ics"),
        path(_("my-calendar/<int:pk>/<slug:key>.ics"), feeds.my_ics, name="my_ics"),
        path(_("regions/"), regions.regions, name="regions"),
        path(_("regions/<slug:slug>/"), regions.region, name="region"),
        path(_("organisations/"), organisations.organisations, name="organisations"),
        path(_("organisations/<slug:slug>/"), organisations.organisation, name="organisation"),
        path(_("groups/"), groups.groups, name="groups"),
        path(_("groups/<slug:slug>/"), groups.group, name="group"),
        path("", include("regions.urls")),
        path("", include("pilots.urls")),
    ),
]
