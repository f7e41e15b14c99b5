"""Go-lives, campaigns, price lists, outages: what happened around the figures, and before and after it."""

from ocem.ui import events
from ocem.ui.guard import page

events.show(page())
