"""Effective theories: Wilson coefficients and bases, CKM, QCD, SMEFT and WET with matching and running.

May import ``common``. Start at :mod:`nutau.eft.wilson`, then :mod:`nutau.eft.algebra`.
"""
