"""The launcher: `streamlit run Home.py`, `uvicorn Home:app` or `python -m lib run`. Imports nothing of the screen."""

import streamlit as st

from lib.api import server

app = st.App(
    "lib/web/main.py",
    routes=server.ROUTES,
    middleware=server.MIDDLEWARE,
    exception_handlers=server.EXCEPTION_HANDLERS,
    lifespan=server.lifespan,
)
