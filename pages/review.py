"""The weekly review meeting: what was decided and what came of it, what changed beyond noise, minutes, closing."""

from ocem.ui import review
from ocem.ui.guard import page

review.show(page())
