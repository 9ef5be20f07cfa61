"""The page of a form that came after its session had ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from registry.lib import kept_forms
from registry.lib.views import form_view


@form_view
def show_unsaved_form(request: HttpRequest) -> HttpResponse:
    """Show what was typed when the session had ended, to be saved at its own address; POST throws it away."""
    kept = kept_forms.kept(request)
    if kept is None:
        return redirect("my_page")
    if request.method == "POST":
        kept_forms.forget(request, kept.key)
        return redirect(kept.path)
    return render(request, "unsaved.html", {"kept": kept})
