"""What Fresalta's Monday meeting left behind: events, decisions and their outcomes, actions, two closed reviews."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from ocem.domain.decision import Action, ActionState, Decision
from ocem.domain.event import Event, EventKind
from ocem.domain.perimeter import Perimeter
from ocem.domain.review import SourceAsOf
from ocem.evaluation import calendar
from ocem.evaluation.agenda import figures
from ocem.evaluation.decision import assign, decide, settle
from ocem.evaluation.event import save_event
from ocem.evaluation.review import ATTENDEES, MEETING, NOTE, close, live_document, meeting_day, rebase, write_down
from ocem.store.database import Database

CARE, SALES, MARKETING = "Giulia Rota", "Marco Ferrari", "Elena Conti"
IT, ANALYST = "Davide Greco", "Sara Villa"
TREATED = ("officine", "pmi")
PORTAL = "go_live.portale.2026-02-02"
OLD_REVIEW, LAST_REVIEW = date(2026, 9, 28), date(2026, 11, 2)
"""Mondays of the two weeks whose reviews are closed."""

EVENTS = (
    Event(
        "invito_portale", EventKind.CAMPAIGN, "Invito al portale per le officine", "Portal invitation for workshops",
        date(2025, 9, 22), date(2025, 10, 12), perimeter=Perimeter(None, None, ("officine",)), tags=("portale",),
        author=MARKETING,
    ),
    Event(
        "listino_2026", EventKind.PRICE_LIST, "Listino 2026", "Price list 2026", date(2026, 1, 12), date(2026, 1, 12),
        ("order_value", "margin_per_order", "revenue", "margin"), tags=("prezzi",), author=SALES,
    ),
    Event(
        "fiera_primavera", EventKind.OTHER, "Fiera di primavera", "Spring trade fair", date(2026, 3, 4),
        date(2026, 3, 7), tags=("fiera",), author=MARKETING,
    ),
    Event(
        "banner_cookie", EventKind.TRACKING, "Nuovo banner dei cookie sul sito", "New cookie banner on the website",
        date(2026, 5, 18), date(2026, 5, 18), ("website_sessions", "website_conversion", "visit_conversion"),
        tags=("sito",), note="Chi rifiuta i cookie non è più contato.", author=IT,
    ),
    Event(
        "portale_fermo", EventKind.OUTAGE, "Portale fermo per una notte", "Portal down for one night",
        date(2026, 7, 14), date(2026, 7, 15), ("portal_visits", "portal_views", "self_service_order_share"),
        tags=("portale",), author=IT,
    ),
    Event(
        "promo_autunno", EventKind.CAMPAIGN, "Promozione utensili d'autunno", "Autumn tooling promotion",
        date(2026, 10, 5), date(2026, 10, 25), perimeter=Perimeter(None, None, TREATED), tags=("promozione",),
        author=MARKETING,
    ),
    Event(
        "fiera_autunno", EventKind.OTHER, "Fiera d'autunno", "Autumn trade fair", date(2026, 10, 7),
        date(2026, 10, 10), tags=("fiera",), author=MARKETING,
    ),
)  # fmt: skip

REBASED = (
    ("self_service_reorder_share/riordini_self_service", date(2026, 4, 6), PORTAL, SALES),
    ("self_service_reorder_share", date(2026, 4, 6), PORTAL, SALES),
    ("self_service_order_share", date(2026, 4, 6), PORTAL, SALES),
    ("self_service_contact_share", date(2026, 4, 6), PORTAL, CARE),
    ("contacts_per_order/contatti_per_ordine", date(2026, 4, 6), PORTAL, CARE),
    ("phone_contacts/telefonate", date(2026, 4, 6), PORTAL, CARE),
    ("portal_visits", date(2026, 4, 6), PORTAL, IT),
    ("portal_views", date(2026, 4, 6), PORTAL, IT),
    ("visit_conversion", date(2026, 5, 18), "banner_cookie", ANALYST),
    ("newsletter_click_rate", date(2026, 5, 4), "go_live.newsletter_mirata.2026-03-30", MARKETING),
    ("newsletter_click_rate/clic_newsletter", date(2026, 5, 4), "go_live.newsletter_mirata.2026-03-30", MARKETING),
)
REASONS = {
    PORTAL: "Il portale è a regime nei due segmenti e il nuovo livello è voluto.",
    "banner_cookie": "Dal nuovo banner le visite si contano in un altro modo.",
    "go_live.newsletter_mirata.2026-03-30": "La newsletter mirata è la regola, il nuovo livello è voluto.",
}

DECISIONS = (
    Decision(
        0, "Nella newsletter, contenuti secondo i prodotti già comprati", "newsletter_click_rate",
        Perimeter(("newsletter",), None, TREATED), date(2026, 3, 30), date(2026, 9, 28), 0.01, MARKETING, "2026-W12",
        owner=MARKETING,
    ),
    Decision(
        0, "Il risponditore rimanda al portale per lo stato degli ordini", "phone_contacts",
        Perimeter(("contact_center",), None, TREATED), date(2026, 4, 6), date(2026, 9, 28), -0.15, CARE, "2026-W13",
        expected_relative=True, owner=CARE,
    ),
    Decision(
        0, "Suggerimenti di acquisto nel carrello del portale", "cross_selling_share", Perimeter(None, None, TREATED),
        date(2026, 5, 4), date(2026, 9, 28), 0.03, SALES, "2026-W17", owner=IT,
    ),
    Decision(
        0, "Una persona in più sulle email delle PMI", "response_time", Perimeter(("email",), None, ("pmi",)),
        date(2026, 6, 8), date(2026, 9, 28), -0.15, CARE, "2026-W22", expected_relative=True, owner=CARE,
    ),
    Decision(
        0, "Promemoria di riordino alle officine dal portale", "self_service_reorder_share",
        Perimeter(None, None, ("officine",)), date(2026, 8, 31), date(2026, 11, 16), 0.02, SALES, "2026-W34",
        owner=MARKETING,
    ),
    Decision(
        0, "Il lunedì il contact center apre un'ora prima", "phone_waiting_time", Perimeter(), date(2026, 11, 16),
        date(2027, 1, 25), -0.1, CARE, "2026-W45", expected_relative=True, owner=CARE, item="",
    ),
)  # fmt: skip

ACTIONS = (
    ("Chiamare le officine ferme sul portale", SALES, "2026-W40", date(2026, 10, 16), date(2026, 10, 14)),
    ("Rivedere i testi delle risposte via email alle PMI", CARE, "2026-W43", date(2026, 11, 6), None),
    ("Verificare i clic della newsletter di ottobre", MARKETING, "2026-W44", date(2026, 11, 13), None),
    ("Preparare i numeri della promozione d'autunno", ANALYST, "2026-W45", date(2026, 11, 20), date(2026, 11, 13)),
    ("Scrivere ai clienti i nuovi orari del contact center", CARE, "2026-W45", date(2026, 12, 4), None),
)  # fmt: skip
"""What, who, in which review, due, done."""


def seed(database: Database) -> None:
    """Write the meeting's history through the same doors that people use."""
    for event in EVENTS:
        save_event(database, event, event.author)
    for chart, starts, cause, author in REBASED:
        decided = datetime.combine(starts + timedelta(weeks=20), time(9, 40), UTC)
        rebase(database, chart, starts, REASONS[cause], author, cause, decided)
    for decision in DECISIONS:
        decide(database, decision, meeting_day(calendar.week_named(decision.week)))
    for text, owner, week, due, done in ACTIONS:
        action = Action(0, text, owner, due, week, ANALYST)
        kept = assign(database, action, meeting_day(calendar.week_named(week)))
        if done is not None:
            settle(database, kept.number, ActionState.DONE, owner, done, calendar.week_name(done - timedelta(days=7)))
    _hold(
        database, OLD_REVIEW, f"{SALES}, {CARE}, {MARKETING}, {ANALYST}",
        "Guardato che cosa è venuto delle decisioni di primavera. Le email delle PMI restano lente: se ne riparla.",
    )  # fmt: skip
    _hold(
        database, LAST_REVIEW, f"{SALES}, {CARE}, {MARKETING}, {IT}, {ANALYST}",
        "Settimana del ponte di Ognissanti: i volumi si leggono con prudenza.",
    )  # fmt: skip


def _hold(database: Database, monday: date, present: str, note: str) -> None:
    """Hold and close one review on its Monday, with the data as they had come by then."""
    write_down(database, monday, MEETING, ATTENDEES, present, ANALYST)
    write_down(database, monday, MEETING, NOTE, note, ANALYST)
    found = figures(database, monday)
    found = replace(found, as_of=tuple(_as_of(item, found.last) for item in found.as_of))
    seen = live_document(database, monday, found)
    close(database, monday, SALES, datetime.combine(meeting_day(monday), time(9, 55), UTC), seen)


def _as_of(item: SourceAsOf, last: date) -> SourceAsOf:
    return replace(item, last_day=min(item.last_day, last), finished=min(item.finished, last))
