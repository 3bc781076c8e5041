"""From metrics to numbers: measures are planned, fused into one statement per fact, and returned as a metric matrix."""
