"""Nouns and numbers to findings: comparisons, baselines, the control room, scorecards. Keys and numbers, no words."""
