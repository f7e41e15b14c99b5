"""Exports of the systems people work in: contact centre, CRM and ERP."""

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ocem.demo.calendar import FIRST_DAY, LAST_DAY, day_index
from ocem.demo.draw import ORDER_TOUCHPOINTS, Interactions, Ints, Orders, draw_interactions, draw_orders, generator
from ocem.demo.journey import name_callers, name_quotes
from ocem.demo.names import Customers
from ocem.demo.part import Part, cut
from ocem.demo.prospects import name_prospects
from ocem.demo.world import COMPANY, SEGMENTS, STREAMS, WAVE_1, World
from ocem.demo.writing import Dirt, Style, cents_text, day_text, joined, time_text, whole, words

SEGMENT_CODES = tuple(segment.code for segment in SEGMENTS)
SEGMENT_NAMES = ("Officine meccaniche", "PMI manifatturiere", "Terzisti automotive", "Strategici", "Estero", "Prospect")
KIND_CODES = {
    "order": "ORD", "order_status": "STA", "quote": "PRE", "information": "INF", "complaint": "REC", "support": "ASS",
}  # fmt: skip
MEDIA = {"contact_center": "V", "email": "E", "chat": "C", "assistenza_tecnica": "A"}


def _by_stream(values: list[str], stream: Ints) -> pa.Array:
    return words(values, stream)


def contact_centre(world: World, customers: Customers, scale: float) -> list[Part]:
    """Calls, e-mails, chats and technical tickets: most of the rows, so written tersely."""
    drawn = name_callers(draw_interactions(world, tuple(MEDIA), 1, scale), sales_work(world, scale)[0])
    rng = generator(40)
    unknown = rng.random(len(drawn.day)) < 0.02
    table = pa.table(
        {
            "ID": whole(1_000_001 + np.arange(len(drawn.day))),
            "Inizio": joined(day_text(drawn.day, "%d/%m/%Y "), time_text(drawn.minute)),
            "Cliente": pc.if_else(pa.array(unknown), None, customers.take("codes", drawn.customer)),
            "Segmento": words(SEGMENT_CODES, drawn.segment),
            "Media": _by_stream([MEDIA.get(s.touchpoint, "") for s in STREAMS], drawn.stream),
            "Direzione": _by_stream(["O" if s.direction == "outbound" else "I" for s in STREAMS], drawn.stream),
            "Motivo": _by_stream([KIND_CODES.get(s.kind, "") for s in STREAMS], drawn.stream),
            "Durata (s)": whole(drawn.duration_s),
            "Attesa (s)": whole(drawn.wait_s, missing=-1),
            "Risolto": words(("S", "N", ""), np.choose(drawn.resolved + 1, (2, 1, 0))),
        }
    )
    dirt = Dirt(
        spoiled=(
            ("Inizio", "31/04/2024 10:15", "bad_date"),
            ("Inizio", "", "missing_required"),
            ("Durata (s)", "lungo", "bad_duration"),
        ),
        repeated=2,
        key="ID",
    )
    part = Part(
        "contact_center_{}.csv", "contact_center", table, FIRST_DAY, LAST_DAY, Style(delimiter=";", bom=True), dirt
    )
    starts = [date(2024, 7, 1), date(2025, 1, 1), date(2025, 7, 1), WAVE_1, date(2026, 1, 1), date(2026, 7, 1)]
    return list(cut(part, drawn.day, starts, dirty=(1,)))


CRM_TOUCHPOINTS = ("venditore", "distributore", "fiera")
CRM_NAMES = {"venditore": "Venditore", "distributore": "Distributore", "fiera": "Fiera", "sito_web": "Modulo sito"}
CRM_KINDS = {
    "order": "Ordine", "order_status": "Stato ordine", "quote": "Preventivo", "information": "Informazioni",
    "support": "Assistenza", "complaint": "Reclamo", "visit": "Visita", "lead": "Nuovo contatto",
}  # fmt: skip
CRM_PHASES = {"pre_acquisto": "Pre-vendita", "acquisto": "Vendita", "post_acquisto": "Post-vendita"}
ROLES = ("Ufficio acquisti", "Titolare", "Ufficio tecnico", "Produzione", "Operatore")


def erp_and_crm(world: World, customers: Customers, scale: float) -> list[Part]:
    """Orders and sales activities, whose prospects are the same people."""
    activities, orders = sales_work(world, scale)
    return [*erp(orders, customers), *crm(activities, customers)]


def sales_work(world: World, scale: float) -> tuple[Interactions, Orders]:
    """Draw sales activities and orders with the prospects behind them."""
    drawn = draw_interactions(world, (*CRM_TOUCHPOINTS, "sito_web"), 2, scale)
    activities, orders = name_prospects(drawn, draw_orders(world, scale), scale)
    return name_quotes(activities), orders


def crm(drawn: Interactions, customers: Customers) -> list[Part]:
    """Activities of the sales force, fair leads and requests from the website, as a CRM report with its footer."""
    rows = np.flatnonzero(np.array([s.kind != "visit" or s.touchpoint != "sito_web" for s in STREAMS])[drawn.stream])
    stream, segment, day = drawn.stream[rows], drawn.segment[rows], drawn.day[rows]
    outcome = generator(41).choice(4, len(rows), p=[0.22, 0.30, 0.08, 0.40])
    table = pa.table(
        {
            "ID attività": joined("A-", pc.cast(whole(100_001 + np.arange(len(rows))), pa.string())),
            "Data e ora": joined(day_text(day, "%d/%m/%Y, "), time_text(drawn.minute[rows])),
            "Nome account": customers.take("names", drawn.customer[rows]),
            "Codice cliente": customers.take("codes", drawn.customer[rows]),
            "Segmento": words(SEGMENT_CODES, segment),
            "Origine": _by_stream([CRM_NAMES.get(s.touchpoint, "") for s in STREAMS], stream),
            "Direzione": _by_stream(["Uscita" if s.direction == "outbound" else "Entrata" for s in STREAMS], stream),
            "Tipo": _by_stream([CRM_KINDS[s.kind] for s in STREAMS], stream),
            "Fase": _by_stream([CRM_PHASES[s.phase] for s in STREAMS], stream),
            "Ruolo": words(ROLES, drawn.role[rows]),
            "Esito": words(("Ordine", "Preventivo", "Perso", "Aperto"), outcome),
            "Durata (min)": whole(np.maximum(drawn.duration_s[rows] // 60, 1)),
        }
    )
    style = Style(
        quoting="all_valid",
        below=(
            "",
            "",
            '"Attività commerciali con clienti"',
            f'"Copyright {COMPANY}"',
            '"Informazioni riservate - Non distribuire"',
            '"Generato da: Ufficio vendite"',
            f'"{COMPANY}"',
        ),
    )
    dirt = Dirt(
        spoiled=(("Data e ora", "30/02/2024, 09:30", "bad_date"), ("Durata (min)", "mezz'ora", "bad_duration")),
        repeated=1,
        key="ID attività",
    )
    part = Part("crm_attivita_{}.csv", "crm_attivita", table, FIRST_DAY, LAST_DAY, style, dirt)
    return list(cut(part, day, [date(2025, 1, 1), WAVE_1], dirty=(0,)))


ERP_TOUCHPOINTS = {
    "venditore": "Agente", "contact_center": "Telefono", "email": "E-mail", "distributore": "Distributore",
}  # fmt: skip
YES_NO = ("N", "S")


def erp(drawn: Orders, customers: Customers) -> list[Part]:
    """Orders taken by people; the web shop exports its own. Titles above, a total below, Windows text."""
    number = np.arange(len(drawn.day))
    rows = np.flatnonzero(drawn.touchpoint >= 2)
    day, lead = drawn.day[rows], drawn.lead_days[rows]
    prospect = np.array([s.key == "prospect" for s in SEGMENTS])[drawn.segment[rows]]
    names = [ERP_TOUCHPOINTS.get(key, "") for key in ORDER_TOUCHPOINTS]
    request = pc.if_else(pa.array(lead < 0), None, day_text(day - np.maximum(lead, 0), "%d/%m/%Y"))
    table = pa.table(
        {
            "Numero ordine": whole(2_000_001 + number[rows]),
            "Data ordine": day_text(day, "%d/%m/%Y"),
            "Data richiesta": request,
            "Codice cliente": customers.take("codes", drawn.customer[rows]),
            "Ragione sociale": customers.take("names", drawn.customer[rows]),
            "Segmento": words(SEGMENT_NAMES, drawn.segment[rows]),
            "Canale": words(names, drawn.touchpoint[rows]),
            "Riordino": words(YES_NO, drawn.is_reorder[rows].astype(int)),
            "Nuovo cliente": words(YES_NO, prospect.astype(int)),
            "Cross-selling": words(YES_NO, drawn.is_cross_sell[rows].astype(int)),
            "Up-selling": words(YES_NO, drawn.is_up_sell[rows].astype(int)),
            "Righe": whole(drawn.n_lines[rows]),
            "Importo": cents_text(drawn.amount_cents[rows], ",", "."),
            "Margine": cents_text(drawn.margin_cents[rows], ",", "."),
        }
    )
    dirt = Dirt(
        spoiled=(
            ("Data ordine", "31/02/2025", "bad_date"),
            ("Data ordine", "00/00/0000", "bad_date"),
            ("Importo", "da definire", "bad_number"),
            ("Numero ordine", "", "missing_required"),
        ),
        repeated=3,
        key="Numero ordine",
    )
    part = Part("erp_ordini_{}.csv", "erp_ordini", table, FIRST_DAY, LAST_DAY, Style(), dirt)
    parts = cut(part, day, [date(2025, 1, 1), WAVE_1], dirty=(1,))
    return [_with_titles_and_total(item, drawn.amount_cents[rows], day) for item in parts]


def _with_titles_and_total(part: Part, amount_cents: Ints, day: Ints) -> Part:
    of_part = (day >= day_index(part.first)) & (day <= day_index(part.last))
    total = cents_text(np.array([int(amount_cents[of_part].sum())]), ",", ".")[0].as_py()
    blank = ";" * 11
    style = Style(
        delimiter=";",
        encoding="cp1252",
        line_end="\r\n",
        above=(
            f"{COMPANY} - Lista ordini clienti",
            f"Periodo: dal {part.first:%d/%m/%Y} al {part.last:%d/%m/%Y} - Importi in € - Escluse quantità a zero",
            "Filtro: canale diverso da web",
            "",
        ),
        below=(f"Totale;{blank}{total};",),
    )
    return replace(part, style=style)
