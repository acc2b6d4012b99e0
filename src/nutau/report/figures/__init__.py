"""Figures: each a function that returns a matplotlib Figure. Nothing here is computed; it is drawn."""
