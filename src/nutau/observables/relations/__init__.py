"""Linear relations among rates: exact ones, for which coefficients they hold, and how far the others can be broken."""
