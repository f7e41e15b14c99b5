"""From what people said to what was decided and told back to them."""

from ocem.ui.guard import page
from ocem.ui.restitution import restitution_page

restitution_page(page())
