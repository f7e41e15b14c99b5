"""Launcher: `streamlit run app.py` or `uvicorn app:app`. The screen itself is `ocem/ui/shell.py`.

The main script must not lie beside the folder `pages/`: until `st.navigation` has run once, Streamlit would serve the
pages there without the shell, that is without its checks.
"""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ocem.cli.route import ROUTE, answering  # noqa: E402  the path above comes first
from ocem.ui.launch import MIDDLEWARE, ROUTES, everywhere, lifespan, say_error  # noqa: E402

app = st.App(
    ROOT / "ocem" / "ui" / "shell.py",
    lifespan=answering(lifespan, port=lambda: st.get_option("server.port")),
    routes=everywhere([*ROUTES, ROUTE]),
    middleware=MIDDLEWARE,
    on_script_error=say_error,
)
