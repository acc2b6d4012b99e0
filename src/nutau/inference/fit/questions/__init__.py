"""What a fit can be asked beside its result: predictions, leave-one-out, impacts of its inputs.

All of them are refits of one compiled likelihood whose data, theory and constraints are arguments
(:mod:`nutau.inference.fit.questions.varied`), started at the known minima.
"""
