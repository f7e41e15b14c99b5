"""How each touchpoint is used, what it converts, costs and leaves behind."""

from ocem.ui.guard import page
from ocem.ui.scorecard import scorecard_page

scorecard_page(page(), "touchpoint")
