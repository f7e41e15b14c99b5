"""What the demo company's people expect to move before what."""

from ocem.domain.link import LinkHypothesis, Movement
from ocem.evaluation.link import record_tests, save_hypothesis
from ocem.store.database import Database

HYPOTHESES = (
    LinkHypothesis(
        "coda_risposte", "phone_waiting_time", "response_time", Movement.RISES, 4, "Customer care manager",
        "Chi non riesce a parlarci scrive, e la posta si accumula.",
    ),
    LinkHypothesis(
        "risposte_reclami", "response_time", "complaints_share", Movement.RISES, 6, "Qualità",
        "Chi aspetta troppo una risposta scritta reclama.",
    ),
    LinkHypothesis(
        "self_service_contatti", "self_service_reorder_share", "contacts_per_order", Movement.FALLS, 8,
        "E-commerce manager", "Chi riordina da solo chiama meno.",
    ),
    LinkHypothesis(
        "newsletter_riordini", "newsletter_click_rate", "reorders", Movement.RISES, 8, "Marketing manager",
        "La newsletter ricorda i consumabili in esaurimento.",
    ),
    LinkHypothesis(
        "sito_nuovi_clienti", "website_sessions", "new_customers", Movement.RISES, 8, "Marketing manager",
        "Più visite al sito, più clienti nuovi.",
    ),
    LinkHypothesis(
        "soddisfazione_riordini", "csat_top2", "reorders", Movement.RISES, 12, "Customer experience manager",
        "Chi è contento ricompra.",
    ),
)  # fmt: skip


def declare_links(database: Database) -> None:
    """Declare the hypotheses and keep the tests of the last finished week."""
    for hypothesis in HYPOTHESES:
        save_hypothesis(database, hypothesis)
    record_tests(database)
