"""The Streamlit side: shell, guard, view in the URL, cards, upload. No SQL and no statistics here."""
