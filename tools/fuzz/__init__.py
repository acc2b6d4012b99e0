"""Attack nutau with what nobody would write on purpose: ``make fuzz``.

One module an entrance: command lines, files, arguments of Python functions, addresses of the page, threads, signals.
Each has ``attack(dice, folder)``, which yields one :class:`~fuzz.verdict.Case` after the other. Each case has random
numbers of its own, from the seed, the entrance and its number alone, so that a finding is made again by the command
that is printed with it: ``python -m fuzz --seed 7 --only files --case 123``. Threads and signals meet their own moment
each time; the calls and the delays are the same.
"""
