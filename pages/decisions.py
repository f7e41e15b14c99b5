"""All decisions and actions, and how often predictions came true."""

from ocem.ui import decisions
from ocem.ui.guard import page

decisions.show(page())
