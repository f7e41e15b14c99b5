"""Findings to see: sentences, tables and figures, in two languages. No streamlit here."""
