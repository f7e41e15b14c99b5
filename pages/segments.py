"""The same figures for each customer segment."""

from ocem.ui.guard import page
from ocem.ui.scorecard import scorecard_page

scorecard_page(page(), "segment")
