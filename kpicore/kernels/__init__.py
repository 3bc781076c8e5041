"""The formulas: numpy in, numpy out; no labels, no SQL, no plugins."""
