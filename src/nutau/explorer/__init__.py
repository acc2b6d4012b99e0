"""The moving figure: the letter's plane as one self-contained page that evaluates nutau's forms itself.

:mod:`~nutau.explorer.payload` computes what the page needs (maps, forms, theory modes, data), and
:mod:`~nutau.explorer.page` puts it into one HTML file with the scripts of ``static``.

May import every room but ``cli``. Start at :mod:`nutau.explorer.payload`.
"""
