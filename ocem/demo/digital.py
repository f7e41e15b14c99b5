"""Exports of the web shop, newsletter, web analytics, reviews, market share, and the cost sheet."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ocem.demo.calendar import FIRST_DAY, LAST_DAY, N_DAYS, day_index
from ocem.demo.desk import SEGMENT_CODES, SEGMENT_NAMES
from ocem.demo.draw import Floats, draw_counts, draw_interactions, draw_mailings, draw_orders, generator
from ocem.demo.names import Customers
from ocem.demo.part import Part, cut
from ocem.demo.world import COMPANY, STREAMS, WAVE_1, World, stream_index
from ocem.demo.writing import Dirt, Style, cents_text, day_text, joined, offset_text, time_text, whole, words

ONLINE = ("portale", "modulo_web")
NO_YES = ("false", "true")


def all_digital(world: World, customers: Customers, scale: float) -> list[Part]:
    """Everything that comes from digital systems, and the two small sheets of controlling."""
    return [
        *shop_orders(world, customers, scale),
        *shop_visits(world, customers, scale),
        *newsletter(world, scale),
        *website(world, scale),
        *portal_analytics(world, scale),
        *reviews(world, scale),
        *market_share(world),
        *costs(world, scale),
    ]


def shop_orders(world: World, customers: Customers, scale: float) -> list[Part]:
    """Orders placed in the portal or in the old web form."""
    drawn = draw_orders(world, scale)
    rows = np.flatnonzero(drawn.touchpoint < 2)
    day, lead = drawn.day[rows], drawn.lead_days[rows]
    request = pc.if_else(pa.array(lead < 0), None, day_text(day - np.maximum(lead, 0), "%Y-%m-%d"))
    table = pa.table(
        {
            "order_id": joined("W", pc.cast(whole(300_001 + np.arange(len(rows))), pa.string())),
            "order_date": day_text(day, "%Y-%m-%d"),
            "created_at": joined(day_text(day, "%Y-%m-%dT"), time_text(drawn.minute[rows]), ":00", offset_text(day)),
            "customer_code": customers.take("codes", drawn.customer[rows]),
            "email": customers.take("emails", drawn.customer[rows]),
            "phone": customers.take("phones", drawn.customer[rows]),
            "segment": words(SEGMENT_CODES, drawn.segment[rows]),
            "source": words(ONLINE, drawn.touchpoint[rows]),
            "requested_on": request,
            "reorder": words(NO_YES, drawn.is_reorder[rows].astype(int)),
            "cross_sell": words(NO_YES, drawn.is_cross_sell[rows].astype(int)),
            "up_sell": words(NO_YES, drawn.is_up_sell[rows].astype(int)),
            "lines": whole(drawn.n_lines[rows]),
            "total": cents_text(drawn.amount_cents[rows], "."),
            "margin": cents_text(drawn.margin_cents[rows], "."),
        }
    )
    dirt = Dirt(
        spoiled=(("order_date", "2025-02-30", "bad_date"), ("order_id", "", "missing_required")), key="order_id"
    )
    return list(cut(Part("ecommerce_ordini_{}.csv", "ecommerce_ordini", table, FIRST_DAY, LAST_DAY, dirt=dirt), day))


def shop_visits(world: World, customers: Customers, scale: float) -> list[Part]:
    """Visits of known customers to the portal or the old web form."""
    drawn = draw_interactions(world, ("portale_riordini", "sito_web"), 3, scale)
    rows = np.flatnonzero(np.array([s.kind == "visit" for s in STREAMS])[drawn.stream])
    day = drawn.day[rows]
    source = np.array([0 if s.touchpoint == "portale_riordini" else 1 for s in STREAMS])[drawn.stream[rows]]
    table = pa.table(
        {
            "visit_id": joined("V", pc.cast(whole(500_001 + np.arange(len(rows))), pa.string())),
            "started_at": joined(day_text(day, "%Y-%m-%dT"), time_text(drawn.minute[rows]), offset_text(day)),
            "customer_code": customers.take("codes", drawn.customer[rows]),
            "segment": words(SEGMENT_CODES, drawn.segment[rows]),
            "source": words(ONLINE, source),
            "seconds": whole(drawn.duration_s[rows]),
        }
    )
    return list(cut(Part("ecommerce_visite_{}.csv", "ecommerce_visite", table, FIRST_DAY, LAST_DAY), day))


def newsletter(world: World, scale: float) -> list[Part]:
    """Two lines a campaign, clicks and openings, with the rates that the tool prints beside them."""
    sent = draw_mailings(world, scale)
    n = len(sent.day)
    twice = np.repeat(np.arange(n), 2)
    is_opening = np.tile([0, 1], n)
    events = np.where(is_opening == 1, sent.opened[twice], sent.clicked[twice])
    delivered = sent.delivered[twice]
    rates = [f"{100 * e / max(d, 1):.2f} %".replace(".", ",") for e, d in zip(events, delivered, strict=True)]
    table = pa.table(
        {
            "ID": joined(pc.cast(whole(4001 + twice), pa.string()), words(("-C", "-A"), is_opening)),
            "Data di invio": day_text(sent.day[twice], "%d-%m-%Y"),
            "Lista": words(SEGMENT_NAMES, sent.segment[twice]),
            "Evento": words(("Clic", "Apertura"), is_opening),
            "Consegnate": whole(delivered),
            "Eventi unici": whole(events),
            "Tasso": pa.array(rates),
        }
    )
    dirt = Dirt(spoiled=(("Data di invio", "", "missing_required"),), key="ID")
    style = Style(delimiter=";", bom=True)
    part = Part("newsletter_{}.csv", "newsletter", table, FIRST_DAY, LAST_DAY, style, dirt)
    return list(cut(part, sent.day[twice]))


def website(world: World, scale: float) -> list[Part]:
    """Sessions and key events a day, with the comment lines that web analytics writes above."""
    rng = generator(50)
    level = world.calendar.level("sito_web", 0.7) * np.exp(0.8 * world.calendar.season + 0.10 * world.calendar.years)
    sessions = np.maximum(draw_counts(rng, 900 * level, scale), 1)
    events = rng.binomial(sessions, 0.034)
    day = np.repeat(np.arange(N_DAYS), 2)
    count = np.stack([sessions, events], axis=1).ravel()
    table = pa.table(
        {
            "Date": day_text(day, "%Y%m%d"),
            "Event name": words(("session_start", "generate_lead"), np.tile([0, 1], N_DAYS)),
            "Event count": whole(count),
            "Sessions": whole(np.repeat(sessions, 2)),
        }
    )
    ruler = "# ----------------------------------------"
    style = Style(above=(ruler, "# Eventi: nome evento", f"# Account: {COMPANY}", "# Sito istituzionale", ruler, "#"))
    return list(cut(Part("web_analytics_{}.csv", "web_analytics", table, FIRST_DAY, LAST_DAY, style), day))


def portal_analytics(world: World, scale: float) -> list[Part]:
    """Pages viewed and heat-map clicks in the portal, in the wide characters its tool writes by default."""
    rng = generator(51)
    visits = world.contacts.with_[stream_index(touchpoint=("portale_riordini",))].sum(axis=(0, 1))
    open_days = np.flatnonzero(visits > 0)
    watched = np.maximum(draw_counts(rng, 0.4 * visits[open_days], scale), 1)
    views = draw_counts(rng, 6.2 * visits[open_days], scale)
    clicks = rng.poisson(9.0 * watched)
    day = np.repeat(open_days, 2)
    table = pa.table(
        {
            "date": day_text(day, "%Y-%m-%d"),
            "label": words(("Pagine viste", "Mappa di calore"), np.tile([0, 1], len(open_days))),
            "nb_hits": whole(np.stack([views, clicks], axis=1).ravel()),
            "nb_visits": whole(np.stack([np.maximum(views // 6, 1), watched], axis=1).ravel()),
        }
    )
    style = Style(encoding="utf-16-le", bom=True)
    return list(cut(Part("portale_analytics_{}.csv", "portale_analytics", table, FIRST_DAY, LAST_DAY, style), day))


def reviews(world: World, scale: float) -> list[Part]:
    """Reviews a week: on sites nobody controls, and in the portal since it opened."""
    rng = generator(52)
    monday = np.arange(0, N_DAYS, 7)
    opened = monday >= day_index(WAVE_1)
    day = np.concatenate([monday, monday[opened]])
    source = np.concatenate([np.zeros(len(monday), int), np.ones(int(opened.sum()), int)])
    count = draw_counts(rng, np.where(source == 0, 4.0, 9.0), scale)
    stars = rng.binomial(4 * count, np.where(source == 0, 0.72, 0.80)) + count
    order = np.lexsort((source, day))
    order = order[count[order] > 0]
    table = pa.table(
        {
            "Settimana": day_text(day[order], "%d/%m/%Y"),
            "Fonte": words(("Siti di recensioni", "Portale"), source[order]),
            "Recensioni": whole(count[order]),
            "Somma stelle": whole(stars[order]),
        }
    )
    style = Style(delimiter=";")
    return list(cut(Part("recensioni_{}.csv", "recensioni", table, FIRST_DAY, LAST_DAY, style), day[order]))


def _months() -> list[date]:
    return [date(2023 + m // 12, m % 12 + 1, 1) for m in range(11, 2 * 12 + 12 + 11)]


def market_share(world: World) -> list[Part]:
    """Sales of the company and of its market, a month a line, in thousands of euro."""
    rng = generator(53)
    months = _months()
    day = np.array([day_index(month) for month in months])
    market = 92_000 * np.exp(0.02 * np.arange(len(day)) / 12 + 0.03 * rng.standard_normal(len(day)))
    share = 0.082 + 0.0025 * np.clip((day - day_index(WAVE_1)) / 365, 0, 1) + 0.0012 * rng.standard_normal(len(day))
    table = pa.table(
        {
            "Mese": pa.array([f"{month:%d/%m/%Y}" for month in months]),
            f"Vendite {COMPANY} (migliaia di euro)": whole(np.rint(market * share).astype(int)),
            "Vendite del mercato (migliaia di euro)": whole(np.rint(market).astype(int)),
        }
    )
    style = Style(delimiter=";")
    return list(cut(Part("quota_mercato_{}.csv", "quota_mercato", table, FIRST_DAY, LAST_DAY, style), day))


FIXED_COST = {
    "contact_center": 21_000, "email": 6_000, "chat": 4_500, "venditore": 96_000, "assistenza_tecnica": 30_000,
    "distributore": 5_000, "portale_riordini": 14_000, "sito_web": 6_500, "newsletter": 2_200, "fiera": 3_000,
}  # fmt: skip
COST_PER_CONTACT = {
    "contact_center": 3.9, "email": 2.8, "chat": 2.2, "venditore": 19.0, "assistenza_tecnica": 12.0,
    "distributore": 8.0, "portale_riordini": 0.25, "sito_web": 0.4, "fiera": 95.0,
}  # fmt: skip
COST_NAMES = {
    "contact_center": "Contact center", "email": "E-mail", "chat": "Chat", "venditore": "Rete vendita",
    "assistenza_tecnica": "Assistenza tecnica", "distributore": "Distributori", "portale_riordini": "Portale riordini",
    "sito_web": "Sito web", "newsletter": "Newsletter", "fiera": "Fiere",
}  # fmt: skip
BUILDING_THE_PORTAL = date(2025, 3, 1)


def costs(world: World, scale: float) -> list[Part]:
    """Fixed and variable cost of each touchpoint, a month a line, as a workbook."""
    rng = generator(54)
    rows: list[tuple[str, date, str, str, float]] = []
    for month in _months():
        for touchpoint, name in COST_NAMES.items():
            volume = _volume_of_month(world, touchpoint, month)
            for kind, amount in (
                ("Fisso", _fixed_cost(touchpoint, month)),
                ("Variabile", COST_PER_CONTACT.get(touchpoint, 0.0) * volume),
            ):
                paid = round(float(amount * scale * (1 + 0.02 * rng.standard_normal())), 2)
                if paid > 0:
                    rows.append((f"{month:%Y%m}-{touchpoint[:4]}-{kind[0]}", month, name, kind, paid))
    columns = ("ID", "Mese", "Touchpoint", "Tipo", "Importo")
    table = pa.table({name: [row[i] for row in rows] for i, name in enumerate(columns)})
    day = np.array([day_index(row[1]) for row in rows])
    return list(cut(Part("costi_{}.xlsx", "costi", table, FIRST_DAY, LAST_DAY, sheet="Costi"), day))


def _fixed_cost(touchpoint: str, month: date) -> float:
    if touchpoint == "portale_riordini" and month < BUILDING_THE_PORTAL:
        return 0.0
    return float(FIXED_COST[touchpoint])


def _volume_of_month(world: World, touchpoint: str, month: date) -> float:
    streams = stream_index(touchpoint=(touchpoint,))
    if len(streams) == 0:
        return 0.0
    end = (month + timedelta(days=32)).replace(day=1)
    per_day: Floats = world.contacts.with_[streams].sum(axis=(0, 1))
    return float(per_day[max(day_index(month), 0) : day_index(end)].sum())
