"""From first contact to order and after: paths, phases and stops, attribution."""

from ocem.ui.guard import page
from ocem.ui.journeys import journeys_page

journeys_page(page())
