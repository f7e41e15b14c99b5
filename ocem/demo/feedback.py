"""What the demo company asked, heard, decided and told: rounds, a survey asked of both sides, themes, messages."""

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np

from ocem.domain.feedback import AskedBy, FeedbackRound, Voice
from ocem.domain.theme import Decision, Restitution, Tag, Theme
from ocem.evaluation import feedback, theme
from ocem.intake.importing import import_file
from ocem.store import feedback as feedback_store
from ocem.store.database import Database

TWO_SIDES = {
    "simplicity": (4.35, 4.25),
    "speed": (3.95, 4.00),
    "integration": (3.75, 3.95),
    "guidance": (3.45, 3.50),
    "coherence": (3.95, 4.05),
}
"""How the staff believes customers live it, a year apart: kinder than customers, except on guidance."""
ASKED = (date(2025, 9, 8), date(2026, 9, 14))
STAFF = 124


def seed(database: Database, folder: Path, scale: float = 1.0) -> None:
    """Import the survey asked of both sides, then declare rounds, themes and messages."""
    for number, day in enumerate(ASKED):
        path = _write_two_sides(folder / f"indagine_due_viste_{day:%Y-%m}.csv", day, number, scale)
        import_file(database, path, source="indagine_due_viste", imported_at=_at(day))
    for asked in _rounds(database):
        feedback.save_round(database, asked, actor="Customer experience manager")
    for tag in TAGS:
        theme.save_tag(database, tag, actor="Customer experience manager")
    for raised in THEMES:
        theme.save_theme(database, raised, actor=raised.owner)
    for message in MESSAGES:
        theme.give_back(database, message, actor=message.by)
    for key, by, day, silence in CLOSED:
        theme.close_theme(database, key, by, day, silence, actor=by)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9, 0), UTC)


def _write_two_sides(path: Path, day: date, number: int, scale: float) -> Path:
    """Write what the staff answered to: how do you think customers live it?"""
    rng = np.random.Generator(np.random.PCG64([63, number]))
    n = max(24, round(STAFF * scale))
    drawn = {
        name: np.clip(np.rint(level[number] + 0.75 * rng.standard_normal(n)), 1, 5).astype(int)
        for name, level in TWO_SIDES.items()
    }
    minute = rng.integers(540, 1060, n)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["Data", "Semplicità", "Velocità", "Integrazione", "Guida", "Omogeneità"])
        for i in range(n):
            stamp = f"{day:%d/%m/%Y} {minute[i] // 60:02d}:{minute[i] % 60:02d}:{i % 60:02d}"
            out.writerow([stamp, *(int(drawn[name][i]) for name in TWO_SIDES)])
    return path


def _rounds(database: Database) -> list[FeedbackRound]:
    found = [*_relationship(), *_pulses(), *_others()]
    found += [
        FeedbackRound(
            f"due_viste_{day.year}", f"Due viste {day.year}", f"Both sides {day.year}", Voice.STAFF, AskedBy.EMAIL,
            day, date(day.year, 9, 27), tuple(TWO_SIDES), "due_viste", source="indagine_due_viste",
        )
        for day in ASKED
    ]  # fmt: skip
    return [_with_invited(database, item, number) for number, item in enumerate(found)]


def _with_invited(database: Database, item: FeedbackRound, number: int) -> FeedbackRound:
    """Say how many were asked, so that the response rate is what such surveys reach."""
    with database.cursor() as con:
        answered = feedback_store.round_respondents(con, item)
    rate = {Voice.CUSTOMER: 0.24, Voice.STAFF: 0.82, Voice.PARTNER: 0.70, Voice.DISTRIBUTOR: 0.74}[item.voice]
    invited = round((answered or 0) / (rate + 0.012 * (number % 5 - 2)))
    return FeedbackRound(**(vars(item) | {"invited": invited or None}))


def _relationship() -> list[FeedbackRound]:
    found = []
    for year, quarter in [(2025, 1), (2025, 2), (2025, 3), (2025, 4), (2026, 1), (2026, 2), (2026, 3)]:
        first = date(year, 3 * quarter - 2, 1)
        last = date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
        found.append(
            FeedbackRound(
                f"relazione_{year}_t{quarter}", f"Relazione {quarter}° trimestre {year}",
                f"Relationship Q{quarter} {year}", Voice.CUSTOMER, AskedBy.EMAIL, first,
                date.fromordinal(last.toordinal() - 1), ("nps", "coherence", "integration", "guidance"), "relazione",
                source="indagine_relazione",
            )
        )  # fmt: skip
    return found


MONTHS = {9: ("settembre", "September"), 10: ("ottobre", "October"), 6: ("giugno", "June"), 7: ("luglio", "July")}


def _pulses() -> list[FeedbackRound]:
    return [
        FeedbackRound(
            f"personale_2026_{month:02d}", f"Personale {MONTHS[month][0]} 2026", f"Staff {MONTHS[month][1]} 2026",
            Voice.STAFF, AskedBy.WEB, date(2026, month, 1), date(2026, month, 30), ("csat", "information"), "personale",
            source="indagine_personale",
        )
        for month in (6, 7, 9, 10)
    ]  # fmt: skip


def _others() -> list[FeedbackRound]:
    names = {
        Voice.PARTNER: ("partner", "Partner", "Partners"),
        Voice.DISTRIBUTOR: ("distributori", "Distributori", "Distributors"),
    }
    return [
        FeedbackRound(
            f"{key}_{year}_{month:02d}", f"{italian} {when_it} {year}", f"{english} {when_en} {year}", voice,
            AskedBy.PHONE, date(year, month, 1), date(year, month, 30), ("csat", "integration"), key,
            source="indagine_partner",
        )
        for voice, (key, italian, english) in names.items()
        for year, month, when_it, when_en in (
            (2025, 12, "dicembre", "December"), (2026, 3, "marzo", "March"), (2026, 6, "giugno", "June"),
            (2026, 9, "settembre", "September"),
        )
    ]  # fmt: skip


TAGS = (
    Tag("attese", "Attese", "Waiting", ("troppo tempo", "aspett", "attesa")),
    Tag("portale", "Portale", "Portal", ("portale",)),
    Tag("ripetizioni", "Dover ripetere", "Having to repeat", ("richiamare", "di nuovo")),
    Tag("prezzi", "Prezzi", "Prices", ("prezz",)),
)
"""What customers speak of, in the demo company's words."""

THEMES = (
    Theme(
        "tempi_risposta", "Tempi di risposta", "Time to answer",
        "Aspettiamo troppo una risposta scritta.", "We wait too long for a written answer.",
        (Voice.CUSTOMER,), date(2026, 4, 8), ("troppo tempo",), ("relazione_2026_t1",), "email",
        "Customer care manager", Decision.DO,
        "Due persone in più sulla posta al mattino; presa in carico entro due ore, misurata ogni settimana.",
        "Two more people on the mail in the morning; acknowledged within two hours, measured every week.",
        date(2026, 5, 12), "Direzione commerciale",
    ),
    Theme(
        "richiamare", "Richiamare per la stessa cosa", "Calling twice for the same thing",
        "Dobbiamo richiamare e spiegare tutto da capo.", "We have to call again and explain everything anew.",
        (Voice.CUSTOMER, Voice.STAFF), date(2025, 10, 20), ("richiamare",), ("relazione_2025_t3",), "contact_center",
        "Customer care manager", Decision.DO,
        "Una sola scheda del cliente, aperta a chi risponde, con l'ultima richiesta in vista.",
        "One customer record, open to whoever answers, with the last request in sight.",
        date(2025, 11, 18), "Direzione commerciale",
    ),
    Theme(
        "portale_comodo", "Riordinare dal portale", "Re-ordering in the portal",
        "Il portale è comodo per i riordini: vogliamo vedere anche le consegne.",
        "The portal is handy for re-orders: we want to see deliveries there too.",
        (Voice.CUSTOMER,), date(2026, 1, 12), ("portale",), ("relazione_2025_t4",), "portale_riordini",
        "E-commerce manager", Decision.DO,
        "Lo stato della consegna è visibile nel portale, ordine per ordine.",
        "The state of each delivery can be seen in the portal, order by order.",
        date(2026, 2, 3), "E-commerce manager",
    ),
    Theme(
        "ordini_distributori", "Ordini dei distributori", "Distributors' orders",
        "Con il portale i clienti della nostra zona ordinano senza di noi.",
        "With the portal the customers of our area order without us.",
        (Voice.DISTRIBUTOR,), date(2025, 12, 15), (), ("distributori_2025_12",), "distributore",
        "Vendite indirette", Decision.DO,
        "Gli ordini del portale sono riconosciuti al distributore della zona.",
        "Portal orders are credited to the distributor of the area.",
        date(2026, 1, 19), "Direzione commerciale",
    ),
    Theme(
        "informazioni_condivise", "Informazioni sui clienti", "Customer information",
        "Non sappiamo che cosa ha già chiesto il cliente agli altri.",
        "We do not know what the customer has already asked of others.",
        (Voice.STAFF,), date(2026, 7, 24), (), ("personale_2026_07",), None, "Direzione commerciale", Decision.DO,
        "Note comuni nel CRM, con due mattine di formazione per ogni funzione.",
        "Shared notes in the CRM, with two mornings of training for every function.",
        date(2026, 9, 8), "Direzione commerciale",
    ),
    Theme(
        "dati_partner", "Dati condivisi con i partner", "Data shared with partners",
        "Vorremmo vedere lo stato delle richieste che vi passiamo.",
        "We would like to see the state of the requests we pass on to you.",
        (Voice.PARTNER,), date(2026, 6, 22), (), ("partner_2026_06",), None, "Vendite indirette", Decision.LATER,
        "Un accesso per i partner nel 2027, dopo i riordini dei clienti esteri.",
        "Access for partners in 2027, after the re-orders of customers abroad.",
        date(2026, 9, 22), "Direzione commerciale",
    ),
    Theme(
        "prezzi_portale", "Prezzi nel portale", "Prices in the portal",
        "I prezzi nel portale non sono quelli concordati con il venditore.",
        "Prices in the portal are not those agreed with the sales representative.",
        (Voice.CUSTOMER, Voice.DISTRIBUTOR), date(2026, 10, 19), ("prezz",), (), "portale_riordini",
        "E-commerce manager",
    ),
    Theme(
        "chat_sera", "Chat la sera", "Chat in the evening",
        "Vorremmo la chat anche dopo le 18.", "We would like the chat to be open after six.",
        (Voice.CUSTOMER,), date(2026, 6, 15), (), (), "chat", "Customer care manager", Decision.NOT,
        "Nessun turno serale: le richieste fuori orario sono poche.",
        "No evening shift: there are few requests after hours.",
        date(2026, 7, 7), "Customer care manager",
    ),
)  # fmt: skip

MESSAGES = (
    Restitution(
        "", "richiamare", Voice.CUSTOMER,
        "Ora chi vi risponde vede la vostra ultima richiesta: non dovete più raccontarla da capo.",
        "Whoever answers you now sees your last request: no need to tell it all again.",
        date(2025, 12, 15), AskedBy.EMAIL,
        "Scheda unica in uso al contact center dal 13 ottobre 2025; contatti per ordine seguiti ogni settimana.",
        "Single record in use at the contact centre since 13 October 2025; contacts per order followed every week.",
        "Customer care manager", ("officine", "terzisti"), (), ("relazione_2025_t3",),
    ),
    Restitution(
        "", "ordini_distributori", Voice.DISTRIBUTOR,
        "Ogni ordine dal portale nella vostra zona vi è riconosciuto, con lo stesso compenso.",
        "Every portal order in your area is credited to you, at the same rate.",
        date(2026, 1, 28), AskedBy.MEETING,
        "Estratto mensile per zona, inviato dal febbraio 2026.", "Monthly statement by area, sent since February 2026.",
        "Vendite indirette", (), (), ("distributori_2025_12",),
    ),
    Restitution(
        "", "portale_comodo", Voice.CUSTOMER,
        "Nel portale vedete ora a che punto è ogni consegna.",
        "In the portal you now see how far each delivery has come.",
        date(2026, 3, 16), AskedBy.NEWSLETTER,
        "Funzione attiva dal 9 marzo 2026 per officine e PMI.", "Live since 9 March 2026 for workshops and SMEs.",
        "E-commerce manager", ("officine", "pmi"), (), ("relazione_2025_t4",),
    ),
    Restitution(
        "", "tempi_risposta", Voice.CUSTOMER,
        "Confermiamo ogni messaggio entro due ore e pubblichiamo ogni mese i tempi di risposta.",
        "We acknowledge every message within two hours and publish the times to answer every month.",
        date(2026, 6, 18), AskedBy.NEWSLETTER,
        "Tempo di risposta scritta nella cabina di regia, settimana per settimana.",
        "Written response time in the control room, week by week.",
        "Customer care manager", ("pmi", "estero"), (), ("relazione_2026_t1",),
    ),
    Restitution(
        "", "informazioni_condivise", Voice.STAFF,
        "Dal 5 ottobre le note dei clienti sono comuni a tutte le funzioni; la formazione è in calendario.",
        "Since 5 October customer notes are shared by all functions; the training is scheduled.",
        date(2026, 10, 5), AskedBy.MEETING,
        "Calendario della formazione e guida di una pagina.", "Training calendar and a one-page guide.",
        "Direzione commerciale", (), (), ("personale_2026_07",),
    ),
)  # fmt: skip

CLOSED = (
    ("richiamare", "Customer care manager", date(2026, 4, 20), ""),
    ("ordini_distributori", "Vendite indirette", date(2026, 3, 30), ""),
    (
        "chat_sera", "Customer care manager", date(2026, 7, 14),
        "A chi lo aveva chiesto ha risposto di persona il proprio venditore.",
    ),
)  # fmt: skip
