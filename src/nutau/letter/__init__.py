"""The letter of de Giorgi and Piazza, claim by claim: each number computed, compared and judged.

May import ``inference`` and the rooms before it. Start at :mod:`nutau.letter.claims`.
"""
