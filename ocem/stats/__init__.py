"""Numbers to numbers: estimates, intervals and rules that know nothing of touchpoints, files or words."""
