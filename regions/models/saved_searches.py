"""Searches that people with an account have saved: a name, and the address of a list or of the search."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.lib.database import FiSort

from .accounts import User

LONGEST_QUERY = 1500  # characters


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    """Questions about many saved searches."""

    def of(self, user: User) -> Self:
        """Return those of ``user``: nobody sees another's."""
        return self.filter(user=user)

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order."""
        return self.order_by(FiSort("name"), "pk")


class SavedSearch(models.Model):
    """A search as its user has named it; it is of no language, and opens in the one that is read."""

    class Page(models.TextChoices):
        """The page that is searched, by the name of its address. The list of people is none of them."""

        SEARCH = "search", _("whole registry")
        PILOTS = "pilots", _("pilots")
        RESULTS = "results", _("results")
        LAWS = "laws", _("laws")
        ORGANISATIONS = "organisations", _("organisations")
        GROUPS = "groups", _("groups")

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=80)
    page = models.CharField(max_length=16, choices=Page)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True, default="")
    saved_at = models.DateTimeField()

    objects = SavedSearchQuerySet.as_manager()
    WRITTEN_BY_VERBS = ("user", "name", "page", "query", "saved_at")

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                name="a_user_has_one_saved_search_of_a_name",
                fields=["user", "name"],
                violation_error_message=_("You have a saved search of this name already."),
            ),
            models.CheckConstraint(
                name="a_saved_search_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Give the search a name."),
            ),
            models.CheckConstraint(
                name="a_saved_search_is_of_a_known_page",
                condition=Q(page__in=["search", "pilots", "results", "laws", "organisations", "groups"]),
                violation_error_message=_("This page cannot be saved."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the search in the reader's language."""
        return reverse(self.page) + (f"?{self.query}" if self.query else "")
