"""What each touchpoint costs, what it returns, and what those who use it say."""

from ocem.ui.guard import page
from ocem.ui.roi import roi_page

roi_page(page())
