"""What a scorecard shows of every touchpoint and of every segment."""

SHOWN = {
    "touchpoint": (
        "interactions", "self_service_order_share", "first_contact_resolution", "cost_per_contact", "csat_top2", "ces",
        "nps",
    ),
    "segment": (
        "interactions", "contacts_per_order", "orders", "self_service_reorder_share", "sale_duration", "order_value",
        "csat_top2", "nps",
    ),
}  # fmt: skip
"""Keys of KPIs, in the order of the columns."""
KEYS = frozenset(key for keys in SHOWN.values() for key in keys)
