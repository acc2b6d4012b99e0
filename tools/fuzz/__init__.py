"""Attack nutau with what nobody would write on purpose: ``make fuzz``.

One module an entrance: command lines, files, arguments of Python functions, addresses of the page, threads, signals.
Each has ``attack(rng, seconds, folder)``, which yields one :class:`~fuzz.verdict.Case` after the other. Every case can
be made again from the seed and its number that are printed with a finding.
"""
