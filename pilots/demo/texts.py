"""The words of the world to try: made up for it, about no real plan of any organisation."""

from typing import Any

from pilots.models import OwnQuestion
from pilots.rounds.workflow.criteria import CriterionValues
from pilots.rounds.workflow.questions import QuestionValues
from registry.lib.languages import InThree

OPEN_ROUND: dict[str, Any] = {
    "name_fi": "Harjoituskierros: palvelut yhdessä",
    "name_sv": "Övningsomgång: tjänster tillsammans",
    "name_en": "Practice round: services together",
    "guidance_fi": (
        "Tämä on harjoituskierros. Kirjoita alustava ehdotus siitä, miten alueesi palvelut koottaisiin yhteen.\n\n"
        "Voit kirjoittaa, tallentaa ja lähettää mitä haluat: mikään ei lähde tästä koneesta."
    ),
    "guidance_sv": (
        "Det här är en övningsomgång. Skriv ett preliminärt förslag om hur tjänsterna i din region kunde samlas.\n\n"
        "Du kan skriva, spara och skicka vad du vill: inget lämnar den här datorn."
    ),
    "guidance_en": (
        "This is a practice round. Write a preliminary proposal on how services of your region would be brought"
        " together.\n\nYou can write, save and send what you like: nothing leaves this machine."
    ),
    "contact_fi": "Harjoituskierroksen neuvonta: neuvonta@ministerio.example",
    "contact_sv": "Rådgivning om övningsomgången: radgivning@ministerio.example",
    "contact_en": "Advice on the practice round: advice@ministerio.example",
}
CLOSED_ROUND: dict[str, Any] = OPEN_ROUND | {
    "name_fi": "Harjoituskierros, joka odottaa päätöksiä",
    "name_sv": "Övningsomgång som väntar på beslut",
    "name_en": "Practice round that waits for decisions",
}
ROUND_BEING_MADE: dict[str, Any] = OPEN_ROUND | {
    "name_fi": "Harjoituskierros, jota valmistellaan",
    "name_sv": "Övningsomgång som bereds",
    "name_en": "Practice round that is being made",
    "guidance_sv": "",  # what stands in the way of its publication
}
MOVED = InThree(
    "Määräaikaa siirretään, koska ohje täsmentyi kesken kierroksen.",
    "Tidsfristen flyttas, eftersom anvisningen preciserades under omgången.",
    "The deadline moves because the guidance was made more precise during the round.",
)
EXTENDED = "Organisaatio pyysi lisäaikaa hallituksensa kokouksen vuoksi."

# What the draft of Satakunta had first, what a colleague made of it, and what the preparer had typed meanwhile.
PROBLEM_FIRST = "Yrittäjä käy samassa asiassa kolmella luukulla."
PROBLEM_SAVED = "Yrittäjä käy samassa asiassa kolmella luukulla ja täyttää saman tiedon kolme kertaa."
PROBLEM_TYPED = "Yrittäjä käy samassa asiassa kolmella luukulla, eikä kukaan vastaa kokonaisuudesta."

HALF_WRITTEN: dict[str, Any] = {
    "title": "Harjoitus: yksi ovi yrityksille",
    "summary": "Yritys saisi neuvonnan, rahoituksen ja rekrytointiavun samasta paikasta.",
    "regions": ["04"],
    "problem": PROBLEM_FIRST,
    "client_type": "business",
}
SENT_TWICE: dict[str, Any] = {
    "title": "Harjoitus: nuorten valmennus kunnissa",
    "summary": "Valmentaja kulkee kuntien välillä, ja nuori tapaa hänet omassa kunnassaan.",
    "regions": ["10"],
    "problem": "Matka palveluun on pitkä, ja moni nuori jää tulematta.",
    "tried": "Kiertävä valmentaja, yhteinen ajanvaraus ja etätapaamiset.",
    "themes": ["sujuvat-viranomaistoiminnot"],
    "benefit": "Toimintatavan voi ottaa käyttöön missä tahansa harvaan asutussa maakunnassa.",
    "client_type": "personal",
    "target_groups": ["alle-25-vuotiaat"],
    "target_text": "Alle 25-vuotiaat työttömät, noin 200 nuorta.",
    "delivery_models": {"allianssi": "elements"},
    "production": ["own", "association"],
    "needs_change_of_law": "no",
    "start": "2027-03-01",
    "end": "2028-02-29",
    "budget": "240000",
    "contact": "kirjaamo@liitto.example",
}
SECOND_VERSION: dict[str, Any] = {"target_text": "Alle 25-vuotiaat työttömät, noin 350 nuorta kolmessa kunnassa."}
INQUIRY_ANSWERED = "Voiko ehdotuksessa olla mukana kunta, jota ei ole kutsuttu kierrokselle?"
ANSWER = {
    "question_fi": INQUIRY_ANSWERED,
    "question_sv": "Kan en kommun som inte är inbjuden till omgången vara med i ett förslag?",
    "question_en": "Can a municipality that is not invited to the round take part in a proposal?",
    "answer_fi": "Voi. Ehdotuksen lähettää kutsuttu organisaatio, ja muut kirjataan siihen kumppaneiksi.",
    "answer_sv": "Ja. Den inbjudna organisationen skickar förslaget, och de andra antecknas som partner i det.",
    "answer_en": "Yes. The invited organisation sends the proposal, and the others are named in it as partners.",
}
INQUIRY_OPEN = "Ska budgeten omfatta också partnernas egna kostnader?"
ASKED = "Kuinka moni nuorista asuu haja-asutusalueella, ja mistä luku on laskettu?"
COMPLETE_IN_SWEDISH: dict[str, Any] = SENT_TWICE | {
    "title": "Övning: en kontaktperson för den som söker arbete",
    "summary": "Den arbetssökande har samma kontaktperson på svenska och finska genom hela servicen.",
    "regions": ["15"],
    "problem": "Servicen byter person flera gånger, och bakgrunden berättas om och om igen.",
    "tried": "En fast kontaktperson, ett gemensamt möte och en plan som följer med.",
    "benefit": "Modellen fungerar i andra tvåspråkiga landskap.",
    "target_text": "Arbetslösa arbetssökande, ungefär 300 personer.",
    "contact": "registratur@forbund.example",
}
WITHDRAWN: dict[str, Any] = {
    "title": "Harjoitus: yhteinen palvelutarpeen arvio",
    "summary": "Arvio tehtäisiin kerran ja käytettäisiin kaikissa palveluissa.",
    "regions": ["10"],
    "client_type": "personal",
    "contact": "kirjaamo@liitto.example",
}

# The questions of the open round's own: the second one where the first is answered by its second choice.
OWN_QUESTIONS = (
    QuestionValues(
        position=1,
        kind=OwnQuestion.Kind.CHOICE.value,
        label_fi="Onko rahoituksesta sovittu kumppanien kanssa?",
        label_sv="Har ni kommit överens med partnerna om finansieringen?",
        label_en="Have you agreed on the funding with your partners?",
        choices_fi=("Kyllä, kaikesta", "Osasta", "Ei vielä"),
        choices_sv=("Ja, om allt", "Delvis", "Inte ännu"),
        choices_en=("Yes, on all of it", "On a part of it", "Not yet"),
        required_from=4,
    ),
    QuestionValues(
        position=2,
        kind=OwnQuestion.Kind.TEXT.value,
        label_fi="Mistä osasta ei vielä ole sovittu?",
        label_sv="Vilken del har ni inte kommit överens om än?",
        label_en="Which part is not agreed on yet?",
        help_fi="Kerro myös, milloin asia ratkeaa.",
        help_sv="Berätta också när det avgörs.",
        help_en="Tell also when it will be settled.",
        limit=600,
        only_if="new-1",
        only_if_choice="2",
    ),
)

FILE_NAME = "Kokeilun aikataulu.pdf"
FILE = (
    "Kokeilun aikataulu",
    "Tammikuu: kumppanit sopivat yhteisestä palvelupisteestä.",
    "Helmi–toukokuu: kokeilu, asiakkaat vastaavat kyselyyn.",
    "Kesäkuu: tulokset kirjoitetaan niin, että muut maakunnat voivat käyttää niitä.",
)

# What the proposals of the world's rounds are judged by.
CRITERIA = (
    CriterionValues(
        position=1,
        text_fi="Muut maakunnat voivat ottaa tulokset käyttöön.",
        text_sv="Andra landskap kan ta resultaten i bruk.",
        text_en="Other regions can take the results into use.",
        explanation_fi="Mitä muualla tarvittaisiin, ja mikä on vain tämän alueen oma piirre?",
        explanation_sv="Vad skulle behövas på annat håll, och vad är utmärkande bara för den här regionen?",
        explanation_en="What would be needed elsewhere, and what is particular to this region alone?",
        scored=True,
    ),
    CriterionValues(
        position=2,
        text_fi="Asiakas saa palvelun yhdestä paikasta.",
        text_sv="Kunden får servicen på ett ställe.",
        text_en="The client gets the service in one place.",
    ),
)

# What two assessors write of a proposal of the round that is closed: on the first criterion, with its number, on the
# second one, and over all. The second assessor is not ready.
ASSESSED: tuple[tuple[str, int | None, str, str], ...] = (
    (
        "Toimintatavan voi siirtää sellaisenaan, koska se ei nojaa vain tämän alueen sopimuksiin.",
        4,
        "Asiakas tapaa saman neuvojan alusta loppuun. Rahoituksen hakeminen jää silti toiseen paikkaan.",
        "Vahva ehdotus. Ennen päätöstä on hyvä tietää, kuka vastaa kokonaisuudesta kokeilun jälkeen.",
    ),
    ("Siirrettävyys riippuu siitä, löytyykö muualta samanlainen kumppani.", None, "", ""),
)
NOTES = (
    "Asia oli esillä ohjausryhmässä 12.11.",
    "Asia oli esillä ohjausryhmässä, joka pyysi katsomaan yhdessä pohjoisen ehdotuksen kanssa.",
)
