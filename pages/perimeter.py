"""Define the strategic perimeter: its cells, the touchpoints, phases, segments and roles it is made of."""

from ocem.ui import perimeter, perimeter_members, state
from ocem.ui.guard import page

here = page()
if perimeter.top(here) == "members":
    perimeter_members.show(here)
else:
    perimeter.show(here, state.own("cell"))
