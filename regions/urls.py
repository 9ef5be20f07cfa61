"""Addresses of the actors' pages, translated."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from .views import accounts, deputies, groups, organisations, people, regions

urlpatterns = [
    path(_("regions/"), regions.regions, name="regions"),
    path(_("regions/<slug:slug>/"), regions.region, name="region"),
    path(_("organisations/"), organisations.organisations, name="organisations"),
    path(_("organisations/<slug:slug>/"), organisations.organisation, name="organisation"),
    path(_("groups/"), groups.groups, name="groups"),
    path(_("groups/<slug:slug>/"), groups.group, name="group"),
    path(_("people/"), people.people, name="people"),
    path(_("people/<slug:slug>/"), people.person, name="person"),
    path(_("my-page/"), accounts.my_page, name="my_page"),
    path(_("my-page/deputy/"), deputies.deputy, name="deputy"),
    path(_("invitations/new/"), accounts.invite, name="invite"),
    path(_("invitations/<slug:token>/"), accounts.accept_invitation, name="accept_invitation"),
]
