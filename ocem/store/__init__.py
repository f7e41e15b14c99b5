"""The only place that knows DuckDB: connection, migrations, facts, daily aggregates, definitions."""
