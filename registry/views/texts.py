"""Texts about the registry: what it is, its accessibility statement, what personal data it keeps."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pilots.retention import KEPT
from registry.statement import statement


@login_not_required
@require_safe
def show_about(request: HttpRequest) -> HttpResponse:
    """Show what the registry is, who keeps it, where its facts are from, how to read it."""
    return render(request, "about.html", {"operator": settings.OPERATOR, "feedback": statement().feedback})


@login_not_required
@require_safe
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement (act 306/2019)."""
    return render(request, "accessibility.html", {"statement": statement(), "operator": settings.OPERATOR})


@login_not_required
@require_safe
def show_privacy(request: HttpRequest) -> HttpResponse:
    """Show what personal data the registry keeps, why, how long, and what rights people have."""
    page = {"operator": settings.OPERATOR, "feedback": statement().feedback, "kept": KEPT}
    return render(request, "privacy.html", page)
