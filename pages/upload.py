"""Upload exports, see how they were read, correct, undo."""

import streamlit as st

from ocem.domain.access import Right
from ocem.ui import desk, markup, upload, upload_history
from ocem.ui.guard import page
from ocem.ui.refused import refused_files
from ocem.ui.uploader import drop_zone

here = page()
_ = here.words.gettext
markup.head(_("Upload data"), _("nothing is stored before you have seen how it was read"))
if here.may(Right.IMPORT):
    for arrived in drop_zone(here.words):
        desk.put(arrived.upload, arrived.path)
else:
    st.info(here.lock(Right.IMPORT)["help"], icon=":material/lock:")
upload.waiting_files(here)
upload_history.receipts(here)
refused_files(here)
upload_history.history(here)
