"""Who may do and see what, what was done, and one customer's records."""

from ocem.ui import people
from ocem.ui.guard import page

people.show(page())
