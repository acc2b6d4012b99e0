"""The letter of de Giorgi and Piazza, claim by claim: each number computed, compared and judged."""
