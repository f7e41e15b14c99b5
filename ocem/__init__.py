"""Cabina di regia OCE: what changed before and after, by how much, how sure we are, thanks to which touchpoint."""

__version__ = "0.1.0"
