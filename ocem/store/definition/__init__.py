"""Definitions as documents: one plain form for the TOML files, for the versions kept in the store and for export."""
