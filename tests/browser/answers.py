"""What a preparer writes in a browser: a whole preliminary proposal, section by section."""

from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "basics": {"title": "Satakunnan palveluallianssi", "summary": "Yksi palvelu, monta tuottajaa.", "regions": ["04"]},
    "trial": {"problem": "Palvelut ovat hajallaan.", "tried": "Allianssi.", "benefit": "Malli on muidenkin."},
    "clients": {"client_type": ["personal"], "target_text": "Pitkään työttömänä olleet."},
    "organising": {"production": ["own"], "needs_change_of_law": ["no"]},
    "partners": {"start": "1.3.2027"},
    "cost": {"budget": "250000", "contact": "pilotit@liitto.example"},
}
