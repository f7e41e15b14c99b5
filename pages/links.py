"""Which touchpoint figures move before processes and outcomes, and what speaks for it."""

from ocem.ui.guard import page
from ocem.ui.links import links_page

links_page(page())
