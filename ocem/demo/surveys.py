"""Exports of the survey tools: customers after a contact and on the relationship, staff, partners, distributors."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ocem.demo.calendar import FIRST_DAY, LAST_DAY, N_DAYS, day_index
from ocem.demo.desk import SEGMENT_CODES, SEGMENT_NAMES
from ocem.demo.draw import Ints, draw_contact_answers, draw_relation_answers, generator
from ocem.demo.names import Customers
from ocem.demo.part import Part, cut
from ocem.demo.world import WAVE_1, World
from ocem.demo.writing import Dirt, Style, day_text, joined, time_text, whole, words

ANSWERED_ABOUT = ("Telefono", "E-mail", "Venditore", "Assistenza tecnica", "Portale")
COMMENTS = (
    "", "Tutto bene", "Risposta chiara", "Troppo tempo per avere una risposta", "Personale competente",
    "Ho dovuto richiamare due volte", "Il portale è comodo per i riordini",
)  # fmt: skip
COMMENT_SHARES = (0.90, 0.03, 0.02, 0.015, 0.015, 0.01, 0.01)


def all_surveys(world: World, customers: Customers, scale: float) -> list[Part]:
    """Everything that people answered."""
    return [
        *after_contact(world, customers, scale),
        *relationship(world, customers, scale),
        *staff(scale),
        *partners(customers, scale),
    ]


def _stamp(day: Ints, minute: Ints, pattern: str, separator: str) -> pa.Array:
    second = whole(10 + (minute * 7 + day) % 50)
    seconds = pc.cast(second, pa.string())
    return joined(day_text(day, pattern), time_text(minute, separator), separator, seconds)


def after_contact(world: World, customers: Customers, scale: float) -> list[Part]:
    """The short survey after a contact: three header lines, as its tool writes them."""
    drawn = draw_contact_answers(world, scale)
    n = len(drawn.day)
    comment = generator(60).choice(len(COMMENTS), n, p=COMMENT_SHARES)
    table = pa.table(
        {
            "RecordedDate": _stamp(drawn.day, drawn.minute, "%Y-%m-%d ", ":"),
            "ResponseId": joined("R_", pc.cast(whole(600_001 + np.arange(n)), pa.string())),
            "RecipientEmail": customers.take("emails", drawn.customer),
            "ExternalReference": customers.take("codes", drawn.customer),
            "Segmento": words(SEGMENT_CODES, drawn.segment),
            "Contatto": words(ANSWERED_ABOUT, drawn.touchpoint),
            "Q1": whole(drawn.scores["csat"]),
            "Q2": whole(drawn.scores["ces"], missing=0),
            "Q3": whole(drawn.scores["simplicity"], missing=0),
            "Q4": whole(drawn.scores["speed"], missing=0),
            "Q5": words(COMMENTS, comment),
        }
    )
    asked = (
        "Recorded Date", "Response ID", "Recipient Email", "External Data Reference", "Segmento", "Contatto",
        "Quanto è soddisfatto del contatto?", "Quanto è stato facile?", "È stato semplice?",
        "La risposta è stata veloce?", "Commenti",
    )  # fmt: skip
    ids = ("recordedDate", "_recordId", "recipientEmail", "externalDataReference", "Segmento", "Contatto")
    imports = [_import_id(item, item == "recordedDate") for item in (*ids, *(f"QID{i}" for i in range(1, 6)))]
    style = Style(bom=True, quoting="needed", more_headers=(",".join(f'"{text}"' for text in asked), ",".join(imports)))
    dirt = Dirt(
        spoiled=(("RecordedDate", "2024-02-31 10:15:00", "bad_date"), ("Q1", "9", "out_of_range")),
        repeated=1,
        key="ResponseId",
    )
    part = Part("indagine_contatti_{}.csv", "indagine_contatti", table, FIRST_DAY, LAST_DAY, style, dirt)
    return list(cut(part, drawn.day))


def _import_id(name: str, has_zone: bool) -> str:
    zone = ',""timeZone"":""Europe/Rome""' if has_zone else ""
    return f'"{{""ImportId"":""{name}""{zone}}}"'


def relationship(world: World, customers: Customers, scale: float) -> list[Part]:
    """The survey about the whole relationship; more strategic customers answer once account managers invite them."""
    drawn = draw_relation_answers(world, scale)
    n = len(drawn.day)
    table = pa.table(
        {
            "id": whole(np.arange(1, n + 1)),
            "submitdate": _stamp(drawn.day, drawn.minute, "%Y-%m-%d ", ":"),
            "token": customers.take("codes", drawn.customer),
            "SEGMENTO": words(SEGMENT_NAMES, drawn.segment),
            "NPS": whole(drawn.scores["nps"]),
            "OMOG": whole(drawn.scores["coherence"]),
            "INTEG": whole(drawn.scores["integration"]),
            "GUIDA": whole(drawn.scores["guidance"]),
            "RILEVAZIONE": _quarters(drawn.day),
        }
    )
    style = Style(delimiter=";", bom=True, quoting="all_valid")
    dirt = Dirt(spoiled=(("NPS", "11", "out_of_range"), ("submitdate", "", "missing_required")), key="id")
    part = Part("indagine_relazione_{}.csv", "indagine_relazione", table, FIRST_DAY, LAST_DAY, style, dirt)
    return list(cut(part, drawn.day))


def _quarters(day: Ints) -> pa.Array:
    names = []
    for i in range(N_DAYS):
        moment = FIRST_DAY + timedelta(days=i)
        names.append(f"{moment.year}-T{(moment.month + 2) // 3}")
    return words(names, day)


FUNCTIONS = ("Customer care", "Vendite", "Assistenza tecnica", "Marketing")


def staff(scale: float) -> list[Part]:
    """A monthly pulse of those who work with customers: a dip when the portal opens, then better than before."""
    rng = generator(61)
    months = [date(2023 + m // 12, m % 12 + 1, 20) for m in range(11, 2 * 12 + 12 + 10) if m % 12 != 7]
    per_month = max(8, round(58 * scale))
    day = np.repeat([day_index(month) for month in months], per_month) + rng.integers(0, 4, per_month * len(months))
    since = day - day_index(WAVE_1)
    shift = np.where(since < 0, 0.0, np.where(since < 100, -0.35, 0.25))
    day_order = np.argsort(day, kind="stable")
    n = len(day)
    happy = np.clip(np.rint(3.7 + shift + 0.8 * rng.standard_normal(n)), 1, 5).astype(int)
    informed = np.clip(np.rint(3.1 + 1.2 * np.maximum(shift, 0) + 0.9 * rng.standard_normal(n)), 1, 5).astype(int)
    minute, function = rng.integers(540, 1060, n), rng.choice(4, n, p=[0.4, 0.35, 0.2, 0.05])
    table = pa.table(
        {
            "Informazioni cronologiche": _stamp(day, minute, "%d/%m/%Y ", "."),
            "In quale funzione lavori?": words(FUNCTIONS, function),
            "Quanto sei soddisfatto del tuo lavoro con i clienti?": whole(happy),
            "Le informazioni sui clienti sono condivise?": whole(informed),
        }
    ).take(pa.array(day_order))
    part = Part("indagine_personale_{}.csv", "indagine_personale", table, FIRST_DAY, LAST_DAY)
    return list(cut(part, day[day_order]))


def partners(customers: Customers, scale: float) -> list[Part]:
    """A quarterly workbook on partners and distributors; distributors fear for their orders once the portal opens."""
    rng = generator(62)
    rows: list[tuple[object, ...]] = []
    quarters = [date(2023 + (m - 1) // 12, (m - 1) % 12 + 1, 10) for m in range(12, 36 + 12, 3)]
    quarters = [quarter for quarter in quarters if FIRST_DAY <= quarter <= LAST_DAY]
    for quarter in quarters:
        for kind, mean, n in (("Distributore", 3.9, 34), ("Partner", 3.8, 22)):
            after = quarter >= WAVE_1
            level = mean - (0.3 if after and kind == "Distributore" else 0.0)
            for i in range(max(3, round(n * scale))):
                score, together = np.clip(np.rint(level + 0.8 * rng.standard_normal(2)), 1, 5).astype(int).tolist()
                code = f"{kind[0]}{i + 1:03d}"
                rows.append((quarter, kind, code, f"referente@{code.lower()}.example", score, together))
    columns = ("Data", "Tipo", "Codice", "E-mail referente", "Soddisfazione", "Integrazione")
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(columns)})
    day = np.array([day_index(row[0]) for row in rows])  # type: ignore[arg-type]
    part = Part("indagine_partner_{}.xlsx", "indagine_partner", table, FIRST_DAY, LAST_DAY, sheet="Risposte")
    return list(cut(part, day))
