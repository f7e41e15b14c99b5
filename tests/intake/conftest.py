"""The stores that tests open."""

from tests.store.template import database, starter_file

__all__ = ["database", "starter_file"]
