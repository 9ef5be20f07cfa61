"""The site map."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy as _

from registry import views

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", views.health, name="health"),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", views.home, name="home"),
        path(_("about/"), views.about, name="about"),
        path(_("accessibility/"), views.accessibility, name="accessibility"),
        path(_("privacy/"), views.privacy, name="privacy"),
        path(_("unsaved/"), views.unsaved_form, name="unsaved"),
        path(_("account/"), include("allauth.account.urls")),
        path("", include("regions.urls")),
        path("", include("pilots.urls")),
    ),
]
