"""Addresses of the actors' pages, translated."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from .views import accounts, deputies, people, saved_searches

urlpatterns = [
    path(_("people/"), people.list_people, name="people"),
    path(_("my-page/deputy/"), deputies.name_deputy, name="deputy"),
    path(_("my-page/searches/new/"), saved_searches.save_search, name="save_search"),
    path(_("my-page/searches/<int:pk>/"), saved_searches.rename_search, name="saved_search"),
    path(_("my-page/searches/<int:pk>/delete/"), saved_searches.delete_search, name="delete_search"),
    path(_("invitations/new/"), accounts.invite, name="invite"),
    path(_("invitations/<int:pk>/withdraw/"), accounts.withdraw_invitation, name="withdraw_invitation"),
    path(_("invitations/<slug:token>/"), accounts.accept_invitation, name="accept_invitation"),
]
