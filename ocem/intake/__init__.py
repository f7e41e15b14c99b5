"""Files to checked rows: receive, read, decide by evidence, stage. Nothing is guessed between two readings."""
