"""Daily sums made beyond this machine: the same SQL text over Parquet on shared storage, run by Spark Connect."""
