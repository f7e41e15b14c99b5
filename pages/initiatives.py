"""Plan and follow what is changed: analysis ex ante, preconditions, actions, forces, orchestration, go-lives."""

from ocem.ui import initiative, initiative_detail, initiative_form, state
from ocem.ui.guard import page

here = page()
asked, editing, start = state.own("initiative"), state.own("edit"), state.own("start")
known = initiative.known()
if editing == "new" or (editing and editing in known):
    initiative_form.show(here, known.get(editing), start)
elif asked in known:
    initiative_detail.show(here, known[asked])
else:
    initiative.show(here, list(known.values()), unknown=asked)
