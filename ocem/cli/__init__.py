"""The command line: the same use cases as the pages, for cron and for other programs."""

from ocem.cli.main import main

__all__ = ["main"]
