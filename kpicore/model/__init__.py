"""The values that travel through a run: periods, metrics, scorecards, credit rules, sources, results. All are frozen."""
