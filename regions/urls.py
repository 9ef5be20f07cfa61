"""Addresses of the actors' pages, translated."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from .views import accounts, deputies, people

urlpatterns = [
    path(_("people/"), people.list_people, name="people"),
    path(_("my-page/deputy/"), deputies.name_deputy, name="deputy"),
    path(_("invitations/new/"), accounts.invite, name="invite"),
    path(_("invitations/<int:pk>/withdraw/"), accounts.withdraw_invitation, name="withdraw_invitation"),
    path(_("invitations/<slug:token>/"), accounts.accept_invitation, name="accept_invitation"),
]
