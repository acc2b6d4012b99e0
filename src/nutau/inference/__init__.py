"""Inference: theory errors at every point, likelihoods, fits, scans, forecasts.

May import ``observables``, ``measurements`` and what these import. Start at :mod:`nutau.inference.theory_model`.
"""
