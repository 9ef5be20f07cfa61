"""What the search knows beside the records: synonyms, which officers edit, and words that nobody found."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from pilots import access
from regions.models import SearchMiss, Synonym
from registry.lib.database import clock
from registry.lib.views import find, form_page, form_view, only, posted

WORDS = ("words_fi", "words_sv", "words_en")
MOST_MISSES = 100  # lines of the page


class SynonymForm(forms.ModelForm):  # type: ignore[type-arg]
    """Terms that say the same; it remembers what it showed, so that nobody overwrites another's words unseen."""

    was_fi = forms.CharField(required=False, widget=forms.HiddenInput)
    was_sv = forms.CharField(required=False, widget=forms.HiddenInput)
    was_en = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Synonym
        fields = WORDS
        labels = {
            "words_fi": gettext_lazy("In Finnish"),
            "words_sv": gettext_lazy("In Swedish"),
            "words_en": gettext_lazy("In English"),
        }
        help_texts = dict.fromkeys(WORDS, gettext_lazy("Put a comma between the terms."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in WORDS:
            self.initial[f"was_{name[-2:]}"] = getattr(self.instance, name)

    @property
    def shown(self) -> dict[str, str]:
        """The words that the form was shown with."""
        return {name: self.cleaned_data[f"was_{name[-2:]}"] for name in WORDS}

    @property
    def typed(self) -> dict[str, str]:
        """The words that were typed."""
        return {name: self.cleaned_data[name] for name in WORDS}


@require_safe
@only(access.may_use_desk)
def list_synonyms(request: HttpRequest) -> HttpResponse:
    """Show the synonyms, and the words that several searches looked for in vain."""
    context = {
        "synonyms": Synonym.objects.all(),
        "misses": SearchMiss.objects.often()[:MOST_MISSES],
        "may_edit": access.may_edit_synonyms(request.user, clock()),
    }
    return render(request, "desk/synonyms.html", context)


@form_view
@only(access.may_edit_synonyms)
def add_synonyms(request: HttpRequest) -> HttpResponse:
    """Add terms that say the same."""
    form = SynonymForm(posted(request), initial={"words_fi": request.GET.get("word", "")[:60]})
    if form.is_valid() and not any(form.typed.values()):
        form.add_error(None, _("Give at least two terms."))
    if form.is_valid():
        Synonym.objects.create(slug=f"own-{get_random_string(8).lower()}", **form.typed)
        messages.success(request, _("The synonyms are saved. They hold at once."))
        return redirect("synonyms")
    return form_page(request, "desk/synonym_form.html", form, {})


@form_view
def edit_synonyms(request: HttpRequest, pk: int) -> HttpResponse:
    """Change terms that say the same."""
    at = clock()
    synonym = find(request, Synonym.objects.all(), access.may_edit_synonym, at, pk=pk)
    form = SynonymForm(posted(request), instance=synonym)
    if form.is_valid():
        if Synonym.objects.filter(pk=pk, **form.shown).update(**form.typed):
            messages.success(request, _("The synonyms are saved. They hold at once."))
            return redirect("synonyms")
        current = Synonym.objects.get(pk=pk)
        form = SynonymForm({**form.typed, **{f"was_{name[-2:]}": getattr(current, name) for name in WORDS}})
        return form_page(request, "desk/synonym_form.html", form, {"current": current}, status=409)
    return form_page(request, "desk/synonym_form.html", form, {"synonym": synonym})
