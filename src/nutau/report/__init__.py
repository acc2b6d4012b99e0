"""What leaves nutau: figures, files of other formats, citations, the letter and today's data end to end.

May import everything but ``explorer`` and ``cli``. Start at :mod:`nutau.report.reproduce`.
"""
