"""The weak effective theory below the W: its coefficients and their running."""
