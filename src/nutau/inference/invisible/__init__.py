"""What an excess of K and nothing else could be: hypotheses fitted to the spectrum of B⁺ → K⁺ and to the other modes.

Start at :func:`nutau.inference.invisible.compare.invisible`.
"""
