"""Sources whose rows bear the earlier hashes of key and content keep them: overlapping files still match."""

from duckdb import DuckDBPyConnection

from ocem.errors import N_, Refused


def is_early(con: DuckDBPyConnection, source: str) -> bool:
    """Say whether a source keeps the earlier hashes; one without rows does not."""
    query = "SELECT 1 FROM early_source e JOIN source s ON s.id = e.source_id WHERE s.key = ?"
    return con.execute(query, [source]).fetchone() is not None


def agree(con: DuckDBPyConnection, source: str, early: bool) -> None:
    """Make a source that is not known yet one of the earlier hashes, if `early`; a known one must have the same.

    Raises
    ------
    Refused
        If the source's rows have the other hashes: none of them would be recognised.
    """
    known = con.execute("SELECT 1 FROM source WHERE key = ?", [source]).fetchone()
    if known and is_early(con, source) != early:
        raise Refused(
            N_("The rows of {source} were numbered by another version of the program. They cannot be joined."),
            source=source,
        )
    if not known and early:
        con.execute("INSERT INTO source SELECT coalesce(max(id), 0) + 1, ? FROM source", [source])
        con.execute("INSERT INTO early_source SELECT id FROM source WHERE key = ?", [source])
