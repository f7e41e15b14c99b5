"""What customers, staff, partners and distributors say: side by side, touchpoint by touchpoint, round by round."""

from ocem.ui.feedback import feedback_page
from ocem.ui.guard import page

feedback_page(page())
