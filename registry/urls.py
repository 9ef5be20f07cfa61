"""The site map."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.utils.translation import gettext_lazy as _

from registry import feeds, opendata, search
from registry.lib.exports import FileKind
from registry.views import (
    closed,
    discovery,
    groups,
    health,
    home,
    kept_forms,
    municipalities,
    my_page,
    organisations,
    people,
    regions,
    texts,
)

register_converter(FileKind, "file")
# The addresses of the files that are no filtered list.
FILES = {
    "programmes": _("programmes.<file:kind>"),
    "rounds": _("rounds.<file:kind>"),
    "news": _("news.<file:kind>"),
    "successions": _("successions.<file:kind>"),
}

# The addresses of the feeds of lists.
FEEDS = {
    "pilots": _("pilots.atom"),
    "results": _("results.atom"),
    "laws": _("laws.atom"),
    "rounds": _("rounds.atom"),
    "news": _("news.atom"),
    "programmes": _("programmes.atom"),
    "organisations": _("organisations.atom"),
    "groups": _("groups.atom"),
}

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

handler500 = "registry.patience.show_fault"
handler404 = "registry.missing.show_missing"
urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health.tell_health, name="health"),
    path("alive", health.tell_alive, name="alive"),
    path("robots.txt", discovery.send_robots, name="robots_txt"),
    path("sitemap.xml", discovery.send_sitemap, name="sitemap"),
    path(".well-known/security.txt", discovery.send_security, name="security_txt"),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", home.show_home, name="home"),
        path(_("search/"), search.show_results, name="search"),
        path(_("about/"), texts.show_about, name="about"),
        path(_("accessibility/"), texts.show_accessibility, name="accessibility"),
        path(_("privacy/"), texts.show_privacy, name="privacy"),
        path(_("unsaved/"), kept_forms.show_unsaved_form, name="unsaved"),
        path(
            _("account/"),
            include([path(at, closed.answer_nothing, name=name) for at, name in closed.ADDRESSES.items()]),
        ),
        path(_("account/"), include("allauth.account.urls")),
        path(_("rounds.ics"), feeds.send_rounds, name="rounds_ics"),
        path(_("rounds/<slug:slug>.ics"), feeds.send_round, name="round_ics"),
        path(_("rounds/<slug:slug>/<int:position>.ics"), feeds.send_step, name="step_ics"),
        path(_("regions/<slug:slug>.ics"), feeds.send_region, name="region_ics"),
        path(_("my-calendar/<int:pk>/<slug:key>.ics"), feeds.send_own, name="my_ics"),
        path(_("search.atom"), feeds.send_search, name="search_atom"),
        *(path(words, feeds.send_list, {"name": name}, name=f"{name}_atom") for name, words in FEEDS.items()),
        path(_("regions/"), regions.list_regions, name="regions"),
        path(_("regions/<slug:slug>/"), regions.show_region, name="region"),
        path(_("municipalities/<slug:slug>/"), municipalities.show_municipality, name="municipality"),
        path(_("open-data/"), opendata.show_open_data, name="open_data"),
        path(_("organisations.<file:kind>"), organisations.download_organisations, name="organisations_file"),
        path(_("groups.<file:kind>"), groups.download_groups, name="groups_file"),
        *(path(words, opendata.send_file, {"name": name}, name=f"{name}_file") for name, words in FILES.items()),
        path(_("organisations/"), organisations.list_organisations, name="organisations"),
        path(_("organisations/<slug:slug>/"), organisations.show_organisation, name="organisation"),
        path(_("groups/"), groups.list_groups, name="groups"),
        path(_("groups/<slug:slug>/"), groups.show_group, name="group"),
        path(_("people/<slug:slug>/"), people.show_person, name="person"),
        path(_("my-page/"), my_page.show_my_page, name="my_page"),
        path("", include("regions.urls")),
        path("", include("pilots.urls")),
    ),
]
