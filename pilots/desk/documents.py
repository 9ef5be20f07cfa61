"""Proposals as one Word document: each with its facts and every answer, as they were submitted last."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from django.http import HttpResponse
from django.utils.translation import gettext as _
from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_BREAK

from pilots.models import Proposal
from pilots.proposals.questions.answers import shown
from pilots.proposals.questions.vocabulary import Vocabulary, vocabulary
from registry.lib.formats import introducing, moment_words
from registry.lib.languages import Text, reader_language

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADING, SECTION = 1, 2


def word_document(title: str, proposals: Iterable[Proposal], filename: str) -> HttpResponse:
    """Return a download of the proposals in the reader's language, each from a page of its own."""
    document, choices = Document(), vocabulary()
    document.core_properties.title = title
    document.core_properties.author = _("Pilot Registry")
    document.add_heading(title, 0)
    for number, proposal in enumerate(proposals):
        if number:
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _write(document, proposal, choices)
    written = BytesIO()
    document.save(written)
    response = HttpResponse(written.getvalue(), content_type=WORD)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _write(document: WordDocument, proposal: Proposal, choices: Vocabulary) -> None:
    """Write one proposal: what it is, then its answers by section."""
    version = proposal.latest
    if version is None:
        return
    document.add_heading(version.title or _("Untitled proposal"), HEADING)
    facts = [
        (_("Organisation"), proposal.organisation.name.plain),
        (_("Kind"), proposal.get_kind_display()),
        (_("State"), proposal.get_state_display()),
        (_("Version"), str(version.number)),
        (_("Submitted"), moment_words(version.submitted_at, reader_language())),
    ]
    for label, words in facts:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{introducing(label)} ").bold = True
        paragraph.add_run(words)
    if version.attached:
        document.add_heading(_("Attachments"), SECTION)
        for listed in version.attached:
            document.add_paragraph(f"{listed['name']} (SHA-256 {listed['sha256']})")
    for section, answers in shown(version, choices):
        document.add_heading(str(section.title), SECTION)
        for answer in answers:
            document.add_paragraph().add_run(str(answer.question.label)).bold = True
            for item in answer.items:
                document.add_paragraph(item.plain if isinstance(item, Text) else str(item))
            if not answer.items:
                document.add_paragraph(_("Not answered"))
