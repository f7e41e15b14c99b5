"""The product's words: an English term, an Italian one, one meaning; `python -m ocem.i18n.glossary` lists them."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term; `stems` are regular expressions of which one must stand in a translation, none when it is free."""

    english: str
    italian: str
    meaning_en: str
    meaning_it: str
    stems: tuple[str, ...] = ()

    @property
    def is_binding(self) -> bool:
        """Whether translations must use the Italian term."""
        return bool(self.stems)


TERMS = (
    Term(
        "control room",
        "cabina di regia",
        "The page that says which objectives move and which do not.",
        "La pagina che dice quali obiettivi si muovono e quali no.",
        ("cabina di regia",),
    ),
    Term(
        "perimeter",
        "perimetro",
        "The combinations of touchpoint, phase and segment in scope.",
        "Le combinazioni di touchpoint, fase e segmento considerate.",
        ("perimetro",),
    ),
    Term(
        "cell",
        "cella",
        "One combination of touchpoint, phase and segment.",
        "Una combinazione di touchpoint, fase e segmento.",
        ("cell[ae]",),
    ),
    Term(
        "touchpoint",
        "touchpoint",
        "Where customer and company meet, online or offline, whoever runs it.",
        "Dove cliente e azienda si incontrano, online o offline, chiunque lo gestisca.",
        ("touchpoint",),
    ),
    Term(
        "phase",
        "fase",
        "A stretch of the relationship: before, during or after the purchase.",
        "Un tratto della relazione: prima, durante o dopo l'acquisto.",
        ("fas[ei]",),
    ),
    Term(
        "segment",
        "segmento",
        "A group of customers treated alike.",
        "Un gruppo di clienti trattati allo stesso modo.",
        ("segment[oi]",),
    ),
    Term(
        "decision making unit",
        "gruppo d'acquisto",
        "The people inside the customer who take part in the purchase.",
        "Le persone che, presso il cliente, partecipano all'acquisto.",
        ("gruppo d'acquisto",),
    ),
    Term(
        "objective",
        "obiettivo",
        "A macro-objective made specific: perimeter, KPI, direction, threshold, target, owner, deadline.",
        "Un macro-obiettivo reso specifico: perimetro, KPI, direzione, soglia, obiettivo, responsabile, scadenza.",
        ("obiettiv[oi]",),
    ),
    Term(
        "initiative",
        "iniziativa",
        "What was changed, with its go-live day, which may differ by segment.",
        "Che cosa è stato cambiato, con il giorno di avvio, che può variare per segmento.",
        ("iniziativ[ae]",),
    ),
    Term(
        "go-live",
        "avvio",
        "The day on which an initiative starts.",
        "Il giorno in cui un'iniziativa comincia.",
        ("avvi[oia]", "ex ante"),
    ),
    Term(
        "baseline",
        "benchmark ex ante, periodo prima",
        "The before figures, frozen before the go-live so that nobody can move them afterwards.",
        "I valori di prima, congelati prima dell'avvio perché nessuno possa spostarli dopo.",
        ("benchmark", "prima"),
    ),
    Term(
        "wash-in",
        "rodaggio",
        "The days after the go-live that count for neither window.",
        "I giorni dopo l'avvio che non contano per nessuno dei due periodi.",
        ("rodaggio",),
    ),
    Term(
        "comparison group",
        "gruppo di confronto",
        "Cells that nobody touched, which show what would have happened anyway.",
        "Celle che nessuno ha toccato e che mostrano che cosa sarebbe successo comunque.",
        ("gruppo di confronto",),
    ),
    Term(
        "verdict",
        "esito",
        "What a comparison concludes.",
        "Quello che un confronto conclude.",
        ("esito",),
    ),
    Term(
        "relevance threshold",
        "soglia di rilevanza",
        "The smallest change worth having.",
        "La più piccola variazione che conta.",
        ("soglia",),
    ),
    Term(
        "scorecard",
        "scheda",
        "The figures of one touchpoint or segment on one line.",
        "I valori di un touchpoint o segmento su una riga.",
        ("scheda",),
    ),
    Term(
        "batch",
        "caricamento",
        "One imported file: accepted, rejected, undoable.",
        "Un file caricato: righe registrate, scartate, annullabile.",
        ("caricament[oi]",),
    ),
    Term(
        "source profile",
        "profilo di origine",
        "How one system's export is read, saved once and recognised every week.",
        "Come si legge l'esportazione di un sistema, salvato una volta e riconosciuto ogni settimana.",
        ("profil[oi] di origine",),
    ),
    Term("reject", "scarto", "A row that was not stored, with its reason.", "Una riga non registrata, con il motivo."),
    Term(
        "KPI",
        "KPI",
        "A named measure with kind, unit, direction and level.",
        "Una misura con nome, tipo, unità, direzione e livello.",
    ),
    Term(
        "link", "relazione", "Evidence that one KPI moves with another.", "La prova che un KPI si muove con un altro."
    ),
    Term(
        "displacement",
        "spostamento fra canali",
        "What happened to the interactions at the other touchpoints.",
        "Che cosa è successo alle interazioni negli altri touchpoint.",
    ),
    Term(
        "restitution",
        "restituzione",
        "Giving feedback back to those who gave it.",
        "Riportare i risultati a chi ha dato il suo parere.",
    ),
    Term("weekly review", "riunione settimanale", "The meeting that decides.", "La riunione che decide."),
)


def as_markdown() -> str:
    """Return the glossary as a table for the documentation."""
    rows = [f"| {term.english} | {term.italian} | {term.meaning_en} |" for term in TERMS]
    return "\n".join(["| term | Italian | meaning here |", "|---|---|---|", *rows])


if __name__ == "__main__":
    sys.stdout.write(as_markdown() + "\n")
