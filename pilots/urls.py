"""Addresses of the acts' pages, translated."""

from django.urls import path, register_converter
from django.utils.translation import gettext_lazy as _

from pilots.catalogue.views import editing as pilot_editing
from pilots.catalogue.views import laws, news, pilots, programmes, results
from pilots.desk import synonyms
from pilots.desk import views as desk
from pilots.mail.views import addresses, letters, messages, preferences, reconciliations, told
from pilots.proposals.questions.addresses import SectionInAddress
from pilots.proposals.views import decisions, drafts, editors, outcomes, overview, sections, submission
from pilots.rounds.views import asking, deadlines, deleting, published, rehearsals, rounds
from pilots.rounds.views import editing as round_editing

register_converter(SectionInAddress, "section")

urlpatterns = [
    path(_("programmes/"), programmes.list_programmes, name="programmes"),
    path(_("programmes/<slug:slug>/"), programmes.show_programme, name="programme"),
    path(_("pilots/"), pilots.list_pilots, name="pilots"),
    path(_("pilots.csv"), pilots.download_pilots, name="pilots_csv"),
    path(_("pilots.<file:kind>"), pilots.download_pilots, name="pilots_file"),
    path(_("pilots/<slug:code>/"), pilots.show_pilot, name="pilot"),
    path(_("pilots/<slug:code>/edit/"), pilot_editing.edit_pilot, name="edit_pilot"),
    path(_("pilots/<slug:code>/publish/"), pilot_editing.publish_pilot, name="publish_pilot"),
    path(_("results/"), results.list_results, name="results"),
    path(_("results.csv"), results.download_results, name="results_csv"),
    path(_("results.<file:kind>"), results.download_results, name="results_file"),
    path(_("laws/"), laws.list_laws, name="laws"),
    path(_("laws.csv"), laws.download_laws, name="laws_csv"),
    path(_("laws.<file:kind>"), laws.download_laws, name="laws_file"),
    path(_("laws/<slug:slug>/"), laws.show_law, name="law"),
    path(_("rounds/"), rounds.list_rounds, name="rounds"),
    path(_("rounds/new/"), round_editing.make_round, name="new_round"),
    path(_("rounds/<slug:slug>/"), rounds.show_round, name="round"),
    path(_("rounds/<slug:slug>/edit/"), round_editing.edit_round, name="edit_round"),
    path(_("rounds/<slug:slug>/publish/"), round_editing.publish_round, name="publish_round"),
    path(_("rounds/<slug:slug>/delete/"), deleting.delete_round, name="delete_round"),
    path(_("desk/rounds/<int:pk>/restore/"), deleting.restore_round, name="restore_round"),
    path(_("rounds/<slug:slug>/desk/"), desk.show_round_desk, name="round_desk"),
    path(_("rounds/<slug:slug>/rehearsal/"), rehearsals.show_rehearsal, name="rehearsal"),
    path(_("rounds/<slug:slug>/rehearsal/<int:pk>/"), rehearsals.show_rehearsed_letters, name="rehearsed_letters"),
    path(_("rounds/<slug:slug>/cancel/"), deadlines.cancel_round, name="cancel_round"),
    path(_("rounds/<slug:slug>/steps/<int:position>/move/"), deadlines.move_deadline, name="move_deadline"),
    path(_("rounds/<slug:slug>/steps/<int:position>/extend/"), deadlines.extend_deadline, name="extend_deadline"),
    path(_("rounds/<slug:slug>/correct/"), published.correct_round, name="correct_round"),
    path(_("rounds/<slug:slug>/invite/"), published.invite_more, name="invite_more"),
    path(_("rounds/<slug:slug>/hand-over/"), published.hand_over_round, name="hand_over_round"),
    path(_("rounds/<slug:slug>/copy/"), published.copy_round, name="copy_round"),
    path(
        _("rounds/<slug:slug>/steps/<int:position>/ask-for-extension/"),
        published.ask_for_extension,
        name="ask_for_extension",
    ),
    path(_("rounds/<slug:slug>/steps/<int:position>/ask/"), asking.ask, name="ask_for_step"),
    path(_("rounds/<slug:slug>/propose/"), overview.start, name="start_proposal"),
    path(_("rounds/<slug:slug>/decisions/"), outcomes.list_decisions, name="round_decisions"),
    path(_("rounds/<slug:slug>/decisions/deciders/"), outcomes.set_deciders, name="set_deciders"),
    path(_("rounds/<slug:slug>/decisions/letters/"), outcomes.send_letters, name="decision_letters"),
    path(_("rounds/<slug:slug>/outcome/publish/"), outcomes.publish_outcome, name="publish_outcome"),
    path(_("news/"), news.list_news, name="news"),
    path(_("news/<slug:slug>/"), news.show_news_item, name="news_item"),
    path(_("my-proposals/"), overview.list_own, name="my_proposals"),
    path(_("proposals/<int:pk>/"), overview.show, name="proposal"),
    path(_("proposals/<int:pk>/write/<section:section>/"), sections.edit, name="edit_section"),
    path(_("proposals/<int:pk>/check/"), submission.check, name="check_proposal"),
    path(_("proposals/<int:pk>/submit/"), submission.submit, name="submit_proposal"),
    path(_("proposals/<int:pk>/move-on/"), submission.move_on, name="move_on"),
    path(_("proposals/<int:pk>/receipts/<int:number>/"), submission.show_receipt, name="receipt"),
    path(_("proposals/<int:pk>/withdraw/"), submission.withdraw, name="withdraw_proposal"),
    path(_("proposals/<int:pk>/delete/"), drafts.delete, name="delete_draft"),
    path(_("proposals/<int:pk>/restore/"), drafts.restore, name="restore_draft"),
    path(_("proposals/<int:pk>/decide/"), decisions.decide, name="decide_proposal"),
    path(_("proposals/<int:pk>/decisions/<int:number>/"), decisions.show_decision, name="decision"),
    path(_("proposals/<int:pk>/editors/"), editors.change, name="editors"),
    path(_("my-page/wishes/"), preferences.save_preferences, name="save_preferences"),
    path(_("my-page/calendar/"), preferences.renew_calendar, name="renew_calendar"),
    path(_("unsubscribe/<str:token>/"), preferences.unsubscribe, name="unsubscribe"),
    path(_("desk/"), desk.show_desk, name="desk"),
    path(_("desk/search/"), synonyms.list_synonyms, name="synonyms"),
    path(_("desk/search/new/"), synonyms.add_synonyms, name="add_synonyms"),
    path(_("desk/search/<int:pk>/"), synonyms.edit_synonyms, name="edit_synonyms"),
    path(_("desk/proposals/"), desk.list_proposals, name="all_proposals"),
    path(_("desk/proposals.csv"), desk.download_proposals, name="all_proposals_csv"),
    path(_("desk/proposals-with-answers.csv"), desk.download_answers, name="answers_csv"),
    path(_("desk/proposals.docx"), desk.download_word, name="proposals_docx"),
    path(_("desk/proposals/print/"), desk.print_proposals, name="print_proposals"),
    path(_("desk/messages/"), messages.list_messages, name="messages"),
    path(_("desk/messages.csv"), messages.download_messages, name="messages_csv"),
    path(_("desk/messages/<int:pk>/"), messages.show_message, name="message"),
    path(_("desk/addresses/"), addresses.list_addresses, name="addresses"),
    path(_("desk/addresses/<int:pk>/mended/"), addresses.mend_address, name="mend_address"),
    path(_("desk/reconciliations/"), reconciliations.list_reconciliations, name="reconciliations"),
    path(_("desk/reconciliations/<int:pk>/"), reconciliations.show_reconciliation, name="reconciliation"),
    path(_("desk/letters/"), letters.list_letters, name="letters"),
    path(_("rounds/<slug:slug>/letters/new/"), letters.write_letter, name="new_letter"),
    path(_("desk/letters/<int:pk>/"), letters.show_letter, name="letter"),
    path(_("desk/letters/<int:pk>/edit/"), letters.edit_letter, name="edit_letter"),
    path(_("desk/letters/<int:pk>/send/"), letters.send_letter, name="send_letter"),
    path(_("desk/told/person/<int:pk>/"), told.show_told_person, name="told_person"),
    path(_("desk/told/organisation/<slug:slug>/"), told.show_told_organisation, name="told_organisation"),
    path(_("my-letters/"), told.list_my_letters, name="my_letters"),
]
