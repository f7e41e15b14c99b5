"""What column names mean, in both languages and in the exports of known systems. Names are compared folded."""

from dataclasses import dataclass

from ocem.domain.fact import FactKind


@dataclass(frozen=True)
class Meaning:
    """A field that a column can be, the names it goes by (whole, or as words inside) and how it is read.

    `facts` are the kinds of fact that have the field; `needs` is what the values must look like:
    ``date``, ``number``, ``score``, ``flag``, ``words`` (few different texts), ``id`` or ``any``.
    """

    field: str
    type: str
    facts: tuple[FactKind, ...]
    needs: str
    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


_I, _S, _R, _M, _C = (
    FactKind.INTERACTION,
    FactKind.SALE,
    FactKind.RESPONSE,
    FactKind.MEASURE,
    FactKind.COST,
)

MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        "order_day", "date", (_S,), "date",
        ("data ordine", "order date", "order day", "won date", "won_date", "close date", "closed date", "est. close date",
         "data chiusura", "data fattura", "data emissione", "data documento", "purchase date", "created at", "paid at",
         "data", "date", "giorno", "order_date", "closed_at", "data doc."),
        ("ordine", "order", "won", "close", "fattura", "acquisto", "purchase"),
        ("first contact", "primo contatto", "consegna", "delivery", "birth", "nascita", "scadenza", "due"),
    ),
    Meaning(
        "lead_day", "date", (_S,), "date",
        ("data primo contatto", "first contact date", "lead date", "data lead", "first_contact_date", "data richiesta",
         "data offerta", "data primo contatto cliente"),
        ("primo contatto", "first contact", "lead"),
    ),
    Meaning(
        "occurred_at", "datetime", (_I,), "date",
        ("data e ora", "data", "date", "date/time opened", "created at", "inizio", "start", "start time", "timestamp",
         "first contact date", "first_contact_date", "data contatto", "data primo contatto", "data visita", "data chiamata",
         "date time", "when", "quando", "ts", "opened", "data apertura", "first response time", "data attività", "send date",
         "data di invio", "data invio", "ora inizio", "data/ora", "datetime", "event time"),
        ("contatto", "contact", "apertura", "opened", "created", "inizio", "start", "invio", "sent", "visita", "response time"),
        ("birth", "nascita", "purchase", "acquisto", "scadenza", "due", "updated", "modified", "resolution", "chiusura",
         "won", "close date", "ordine", "order", "fattura", "emissione"),
    ),
    Meaning(
        "answered_at", "datetime", (_R,), "date",
        ("submitdate", "recordeddate", "submit date (utc)", "submit date", "informazioni cronologiche", "timestamp",
         "end date", "start date", "data risposta", "data compilazione", "data", "date", "risposto il", "answered at",
         "time to resolution", "data e ora"),
        ("risposta", "compilazione", "submit", "recorded", "answered", "completed"),
        ("birth", "nascita", "purchase", "acquisto"),
    ),
    Meaning(
        "day", "date", (_M, _C), "date",
        ("data", "date", "day", "giorno", "mese", "month", "periodo", "settimana", "week", "send date", "data di invio"),
        ("data", "date", "giorno", "mese", "month", "invio"),
    ),
    Meaning(
        "external_id", "text", (_I, _S, _R, _M, _C), "id",
        ("id", "numero", "number", "ticket id", "order id", "order number", "numero ordine", "id ordine", "record id",
         "conversation id", "case number", "id ticket", "opportunity id", "responseid", "respondent id", "id campagna",
         "codice ordine", "n. ordine", "id contatto", "mql_id", "id attività", "name", "#", "id interazione", "rif.",
         "riferimento", "codice", "protocollo", "n. documento"),
        ("ticket id", "order id", "id ordine", "numero ordine", "conversation"),
        ("cliente", "customer", "agent", "agente", "seller", "owner", "landing", "network", "seed"),
    ),
    Meaning(
        "customer", "customer", (_I, _S, _R), "any",
        ("codice cliente", "cliente", "customer", "customer id", "id cliente", "customer_id", "account", "account id",
         "customer email", "requester email", "email address", "indirizzo email", "e-mail", "email", "contact id",
         "codice anagrafica", "ragione sociale", "account name", "recipientemail", "billing email", "partita iva", "mql_id",
         "lead id", "potential customer", "company", "azienda", "associated company", "ani", "token", "cod. cliente",
         "customer email address", "denominazione cliente", "customer number", "user id", "userid"),
        ("cliente", "customer", "email", "account", "mql"),
        ("nome", "name", "age", "gender", "group", "gruppo", "tipo", "segment", "satisfaction", "età", "phone", "telefono"),
    ),
    Meaning(
        "touchpoint", "member", (_I, _S, _R, _M, _C), "words",
        ("touchpoint", "canale", "channel", "origin", "origine", "ticket channel", "via", "case origin", "lead source",
         "original source", "source", "fonte", "media", "originating lead source", "first queue", "canale vendita",
         "canale ordine", "purchase point", "distributionchannel", "session default channel group", "punto di contatto",
         "session source / medium", "mezzo", "channel group", "canale di contatto", "provenienza"),
        ("canale", "channel", "touchpoint", "origine", "origin"),
        ("quali canali", "id"),
    ),
    Meaning(
        "segment", "member", (_I, _S, _R, _M), "words",
        ("segmento", "segment", "business segment", "business_segment", "customer group", "tipo cliente", "settore",
         "industry", "customer segment", "categoria cliente", "gruppo cliente", "custom data 1", "list", "lista"),
        ("segment", "segmento", "settore"),
    ),
    Meaning("phase", "member", (_I, _S, _R, _M), "words", ("fase", "phase", "stage journey", "customer journey phase"), ("fase",)),
    Meaning(
        "dmu_role", "member", (_I,), "words",
        ("ruolo", "role", "funzione", "ruolo referente", "contact role", "job function"),
        ("ruolo",),
    ),
    Meaning(
        "kind", "text", (_I,), "words",
        ("tipo", "type", "ticket type", "motivo", "reason", "tipo contatto", "tipo attività", "causale", "topic",
         "ticket_type", "categoria", "activity type", "lead_type"),
        ("motivo", "tipo", "type", "causale"),
        ("cliente", "customer"),
    ),
    Meaning(
        "direction", "text", (_I,), "words",
        ("direzione", "direction", "initial direction", "inbound/outbound", "verso", "entrata/uscita"),
        ("direzione", "direction"),
    ),
    Meaning(
        "outcome", "text", (_I,), "words",
        ("esito", "outcome", "stato", "status", "ticket status", "wrap-up", "stage", "deal stage", "risultato", "result",
         "y", "stato ticket"),
        ("esito", "stato", "status", "outcome"),
    ),
    Meaning(
        "duration_s", "duration:seconds", (_I,), "number",
        ("durata", "duration", "durata (s)", "duration (in seconds)", "duration_s", "durata secondi", "talk time",
         "full resolution time in minutes", "handle time", "tempo di conversazione", "durata (min)", "interviewtime"),
        ("durata", "duration", "handle time"),
    ),
    Meaning(
        "wait_s", "duration:seconds", (_I,), "number",
        ("attesa", "wait", "attesa (s)", "wait time", "tempo di attesa", "avg speed ans", "first reply time in minutes",
         "queue time"),
        ("attesa", "wait", "queue time"),
    ),
    Meaning("cost_eur", "amount", (_I,), "number", ("costo", "cost", "costo contatto", "costo (€)", "cost eur"), ("costo", "cost")),
    Meaning(
        "resolved_first", "flag", (_I,), "flag",
        ("risolto", "risolto al primo contatto", "fcr", "first contact resolution", "resolved first"),
        ("primo contatto", "first contact"),
    ),
    Meaning(
        "amount_eur", "amount", (_S,), "number",
        ("importo", "amount", "totale", "total", "amount_eur", "importo (€)", "grand total (base)", "grand total",
         "est. revenue", "val.netto", "imponibile/importo (totale in euro)", "order total amount", "fatturato", "revenue",
         "valore", "value", "imponibile", "totale ordine", "totalprice", "netto", "lordo", "importo totale"),
        ("importo", "amount", "fatturato", "revenue", "totale", "valore"),
        ("declared", "margin", "refunded", "tax", "iva", "shipping", "sconto", "discount", "currency", "valuta"),
    ),
    Meaning("amount_eur", "amount", (_C,), "number", ("costo", "importo", "amount", "cost", "spesa", "totale"), ("costo", "spesa")),
    Meaning("margin_eur", "amount", (_S,), "number", ("margine", "margin", "margine (€)", "gross margin"), ("margin",)),
    Meaning("n_lines", "int", (_S,), "number", ("righe", "lines", "n. righe", "numero righe", "order lines", "n righe"), ("righe",)),
    Meaning("is_reorder", "flag", (_S,), "flag", ("riordino", "reorder", "re-order", "is reorder"), ("riordino", "reorder")),
    Meaning(
        "is_new_customer", "flag", (_S,), "flag",
        ("nuovo cliente", "new customer", "cliente nuovo", "nuovo", "is new customer"),
        ("nuovo cliente", "new customer"),
    ),
    Meaning("is_cross_sell", "flag", (_S,), "flag", ("cross-selling", "cross selling", "cross-sell", "cross sell")),
    Meaning("is_up_sell", "flag", (_S,), "flag", ("up-selling", "up selling", "up-sell", "upsell")),
    Meaning(
        "comment", "text", (_R,), "any",
        ("commento", "commenti", "comment", "comments", "note", "suggerimenti", "cosa possiamo migliorare", "q3", "comm",
         "feedback", "cosa le è piaciuto?", "osservazioni"),
        ("comment", "suggeriment"),
    ),
    Meaning("round", "text", (_R,), "words", ("rilevazione", "round", "ondata", "wave", "campagna"), ("rilevazione", "wave")),
    Meaning("voice", "text", (_R,), "words", ("voce", "voice", "tipo rispondente", "respondent type"), ("rispondente",)),
    Meaning("name", "text", (_M,), "words", ("indicatore", "metric", "measure", "metrica", "kpi", "nome indicatore")),
    Meaning(
        "numerator", "amount", (_M,), "number",
        ("sessions", "sessioni", "visite", "visits", "nb_visits", "unique clicks", "clic unici", "clicks", "clic",
         "pageviews", "visualizzazioni", "page views", "views", "valore", "value", "numeratore", "utenti", "users",
         "unique opens", "aperture uniche", "key events", "acd calls", "conversioni", "conversions"),
        ("sessioni", "sessions", "visite", "clic", "click", "views"),
        ("rate", "tasso", "%"),
    ),
    Meaning(
        "denominator", "amount", (_M,), "number",
        ("denominatore", "denominator", "consegnate", "successful deliveries", "delivered", "totale", "total",
         "total recipients", "destinatari", "base"),
        ("consegnate", "deliver", "destinatari"),
    ),
    Meaning("cost_kind", "text", (_C,), "words", ("tipo costo", "tipo", "cost type", "fisso/variabile", "natura", "kind")),
)  # fmt: skip

PERSONAL_WORDS = (
    "nome", "cognome", "name", "first name", "last name", "surname", "telefono", "phone", "mobile", "cellulare", "tel",
    "address", "indirizzo", "ip", "ipaddress", "via", "cap", "zip", "birth", "nascita", "gender", "sesso", "age", "età",
)  # fmt: skip
"""Words of headers whose columns are left out: what they hold about a person is not needed."""

QUESTION_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("nps", ("nps", "consigli", "recommend", "raccomand", "probabilità")),
    ("ces", ("ces", "sforzo", "effort", "facile", "facilità", "easy")),
    ("speed", ("velocità", "velocita", "rapid", "speed", "tempi di risposta")),
    ("simplicity", ("semplic", "simpl")),
    ("integration", ("integra",)),
    ("guidance", ("guida", "guidance", "supporto nella scelta")),
    ("coherence", ("coeren", "omogene", "consisten")),
    ("csat", ("csat", "soddisf", "satisf", "rating", "voto", "valutazione", "score")),
)
"""Words in a survey question's text that tell which question it is."""

PHASE_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pre_acquisto", ("lead", "first contact", "primo contatto", "mql", "prospect", "campaign", "campagna")),
    ("acquisto", ("order", "ordine", "deal", "won", "closed", "vendite", "sale")),
    ("post_acquisto", ("ticket", "case", "support", "assistenza", "reclam", "complaint", "resolution")),
)
"""Words of the header and the file name that place all rows of a file in one phase."""


@dataclass(frozen=True)
class System:
    """A system known by columns that only its exports have together; `fields` maps what it calls things."""

    name: str
    signature: tuple[str, ...]
    fact: FactKind
    fields: dict[str, tuple[str, str]]
    formats: dict[str, str]


SYSTEMS: tuple[System, ...] = (
    System(
        "Salesforce", ("opportunity id", "stage", "close date"), _S,
        {"order_day": ("Close Date", "date"), "amount_eur": ("Amount", "amount"), "touchpoint": ("Lead Source", "member"),
         "customer": ("Account Name", "customer"), "external_id": ("Opportunity ID", "text")}, {},
    ),
    System(
        "HubSpot", ("record id", "deal stage", "close date"), _S,
        {"order_day": ("Close Date", "date"), "amount_eur": ("Amount", "amount"), "touchpoint": ("Original Source", "member"),
         "external_id": ("Record ID", "text")}, {"decimal": "."},
    ),
    System(
        "Shopify", ("financial status", "lineitem name", "created at"), _S,
        {"order_day": ("Created at", "date"), "amount_eur": ("Total", "amount"), "touchpoint": ("Source", "member"),
         "customer": ("Email", "customer"), "external_id": ("Name", "text")}, {"decimal": "."},
    ),
    System(
        "Magento", ("purchase point", "grand total (base)", "purchase date"), _S,
        {"order_day": ("Purchase Date", "date"), "amount_eur": ("Grand Total (Base)", "amount"),
         "segment": ("Customer Group", "member"), "customer": ("Customer Email", "customer"), "external_id": ("ID", "text")},
        {"decimal": "."},
    ),
    System(
        "Zendesk", ("requester email", "via", "full resolution time in minutes"), _I,
        {"occurred_at": ("Created at", "datetime"), "touchpoint": ("Via", "member"), "outcome": ("Status", "text"),
         "customer": ("Requester email", "customer"), "duration_s": ("Full resolution time in minutes", "duration:minutes"),
         "wait_s": ("First reply time in minutes", "duration:minutes"), "kind": ("Ticket type", "text"),
         "external_id": ("Id", "text")}, {},
    ),
    System(
        "Genesys Cloud", ("conversation id", "initial direction", "first queue"), _I,
        {"occurred_at": ("Date", "datetime"), "touchpoint": ("First Queue", "member"), "outcome": ("Wrap-up", "text"),
         "customer": ("ANI", "customer"), "duration_s": ("Duration", "duration:ms"),
         "direction": ("Initial Direction", "text"), "external_id": ("Conversation ID", "text")}, {},
    ),
    System(
        "Mailchimp", ("send date", "unique clicks", "successful deliveries"), _M,
        {"day": ("Send Date", "date"), "numerator": ("Unique Clicks", "amount"),
         "denominator": ("Successful Deliveries", "amount"), "segment": ("List", "member")}, {"decimal": "."},
    ),
    System(
        "Brevo", ("data di invio", "clic unici", "consegnate"), _M,
        {"day": ("Data di invio", "date"), "numerator": ("Clic unici", "amount"), "denominator": ("Consegnate", "amount"),
         "external_id": ("ID campagna", "text")}, {},
    ),
    System(
        "Google Analytics", ("session default channel group", "sessions"), _M,
        {"day": ("Date", "date"), "numerator": ("Sessions", "amount"),
         "touchpoint": ("Session default channel group", "member")}, {},
    ),
    System(
        "Matomo", ("label", "nb_visits", "nb_actions"), _M,
        {"day": ("date", "date"), "numerator": ("nb_visits", "amount"), "touchpoint": ("label", "member")}, {"decimal": "."},
    ),
)  # fmt: skip
