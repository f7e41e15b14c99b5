"""What a journey is: the rules by which a customer's contacts and orders become journeys."""

SILENCE_DAYS = 60
"""Days without a contact or order after which a journey counts as ended without an order."""
AFTER_DAYS = 60
"""Days after an order in which contacts of the later phases still belong to it."""
PURCHASE_PHASE = "acquisto"
"""Key of the phase in which orders are placed; contacts of phases positioned after it follow an order."""
STEPS_KEPT = 30
"""Touchpoints kept of a path: the last before the order, the first after it."""
FEWEST_CUSTOMERS = 5
"""A path walked by fewer customers than this is shown only within "other paths"."""
