"""What each touchpoint that was opened or changed did to the others."""

from ocem.ui.displacement import displacement_page
from ocem.ui.guard import page

displacement_page(page())
