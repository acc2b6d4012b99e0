"""References as pybtex's plain style has them, with preprints that have no journal and titles that have formulas.

A formula travels through pybtex as text between two marks, and becomes one where the page is put together.
"""

import re

from docutils import nodes
from pybtex.richtext import String, Text
from pybtex.style.formatting import toplevel
from pybtex.style.formatting.unsrt import Style as Unsorted
from pybtex.style.formatting.unsrt import date
from pybtex.style.template import optional_field, sentence

BEGIN, END = "\ue000", "\ue001"
FORMULA = re.compile(f"{BEGIN}(.*?){END}")


class Style(Unsorted):
    """Journal and volume only where there are some."""

    def get_article_template(self, entry):
        if "journal" in entry.fields:
            return super().get_article_template(entry)
        return toplevel[
            self.format_names("author"),
            self.format_title(entry, "title"),
            sentence[date],
            sentence[optional_field("note")],
            self.format_web_refs(entry),
        ]

    def format_title(self, entry, which_field, as_sentence=True):
        parts = entry.fields[which_field].strip("{}").split("$")
        title = Text(
            *(String(f"{BEGIN}{part}{END}") if i % 2 else _prose(part) for i, part in enumerate(parts))
        )
        return sentence[title] if as_sentence else title


def _prose(text):
    """LaTeX as text, with the blank at its beginning, which the reader drops."""
    return Text(" " if text.startswith(" ") else "", Text.from_latex(text))


def set_formulas(app, doctree, docname):
    """Marked text as formulas."""
    for text in list(doctree.findall(nodes.Text)):
        if BEGIN not in text:
            continue
        parts = FORMULA.split(text)
        text.parent.replace(
            text,
            [nodes.math(part, part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part],
        )
