"""How far the company has come: raters, evidence from the data, reference figures, history."""

from ocem.ui.assessment import maturity_page
from ocem.ui.guard import page

maturity_page(page())
