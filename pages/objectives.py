"""Define objectives, freeze their baseline, compare before and after; one objective opens to its why."""

from ocem.evaluation.objective import list_objectives
from ocem.ui import objective_detail, objective_form, objective_list, state
from ocem.ui.database import ask
from ocem.ui.guard import page

here = page()
known = {objective.key: objective for objective in ask(list_objectives)}
asked, editing = state.own("objective"), state.own("edit")
if editing == "new" or (editing and editing in known):
    objective_form.show(here, known.get(editing))
elif asked in known:
    objective_detail.show(here, known[asked])
else:
    objective_list.show(here, list(known.values()), unknown=asked)
