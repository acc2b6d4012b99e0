"""Sphinx: pages in Markdown (MyST), notebooks executed at every build, formulas without a network (MathJax inside)."""

import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from pybtex.plugin import register_plugin  # noqa: E402

import bib_style  # noqa: E402
import gen_front  # noqa: E402
import gen_live  # noqa: E402
import gen_llms  # noqa: E402
import gen_pages  # noqa: E402
import nutau  # noqa: E402
import run_blocks  # noqa: E402

project = "nutau"
author = "The nutau developers"
copyright = author
version = release = nutau.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinxcontrib.bibtex",
    "sphinx_copybutton",
    "myst_nb",
]
exclude_patterns = ["_build", "README.md", "**/.ipynb_checkpoints"]
templates_path: list[str] = []
nitpicky = False
smartquotes = False  # options begin with two hyphens

# Pages
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python"]  # the latter: names in two modules

# Notebooks: stored without outputs, so that none can be stale
nb_execution_mode = os.environ.get("NUTAU_DOCS_NOTEBOOKS", "force")  # "off" while writing pages
QUICK = os.environ.get("NUTAU_DOCS") == "quick"  # of long commands only the arguments are read
if QUICK:
    extensions.remove("sphinx.ext.viewcode")  # minutes of colouring
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_execution_in_temp = True  # what they write is theirs
nb_merge_streams = True

# Formulas: one file of MathJax, copied into the site
_mathjax = find_spec("sphinx-mathjax-offline")
if _mathjax is None or not _mathjax.submodule_search_locations:
    raise RuntimeError(
        "The formulas need the package sphinx-mathjax-offline; install nutau with the extra 'docs'."
    )
_mathjax_file = Path(_mathjax.submodule_search_locations[0]) / "static" / "mathjax" / "tex-svg.js"
mathjax_path = "tex-svg.js"

# API
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True}
add_module_names = False
python_use_unqualified_type_names = True

# References: the same file as the program's
bibtex_bibfiles = [str(Path(nutau.__file__).parent / "data" / "references.bib")]
register_plugin("pybtex.style.formatting", "nutau", bib_style.Style)
bibtex_default_style = "nutau"
bibtex_reference_style = "author_year"

html_theme = "furo"
html_title = f"nutau {release}"
html_static_path = ["_static", str(_mathjax_file)]
html_css_files = ["nutau.css"]
html_js_files = [
    (
        "live.js",
        {
            "defer": "defer",
            "data-pyodide": os.environ.get("NUTAU_PYODIDE_URL", gen_live.PYODIDE),
            "data-wheel": f"../live/{gen_live.NAME}",
        },
    )
]
html_extra_path = ["generated/site"]  # the explorer, one file
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True


DRAWN: dict[str, str] = {}
"""Pages that show pictures of their own commands, with the outputs of their code."""
WRITTEN_BY_COMMANDS = (
    "today",
    "lines",
    "validation",
)  # `nutau judge --letter`, `nutau today`, `make validate`


def show_outputs(app, docname, source):
    """Run the code of hand-written pages and show what it prints (off with the notebooks)."""
    if docname == "index":
        for name in WRITTEN_BY_COMMANDS:
            if not (HERE / f"{name}.md").exists():
                source[0] = source[0].replace(f"\n{name}\n", "\n")
    if is_run(docname) and nb_execution_mode != "off":
        source[0] = DRAWN.get(docname) or run_blocks.rendered(source[0], quick=QUICK)


def is_run(docname):
    """Whether a page's code is run by its build."""
    made = docname.startswith(("generated/", "changelog", *WRITTEN_BY_COMMANDS, "_build"))
    by_hand = not made and (HERE / f"{docname}.md").exists()  # notebooks run by themselves
    return by_hand or docname == "generated/commands"


def setup(app):
    """Write the pages that come from data and code; run the code of the others, long commands ahead of all."""
    gen_pages.write(HERE)
    gen_live.write(HERE / "generated" / "site" / "live")
    gen_llms.write(HERE, HERE / "generated" / "site")
    if nb_execution_mode != "off":
        pages = {str(path.relative_to(HERE).with_suffix("")): path for path in sorted(HERE.rglob("*.md"))}
        texts = (path.read_text() for name, path in pages.items() if is_run(name))
        run_blocks.run_ahead(texts, os.cpu_count(), QUICK)
        DRAWN.update(gen_pages.draw(HERE, QUICK))
    if nb_execution_mode != "off" and not QUICK:
        readme = (HERE.parent / "README.md").read_text(encoding="utf-8")
        gen_front.check(readme, {shlex.join(words): made[1] for words, made in run_blocks.AHEAD.items()})
    app.connect("source-read", show_outputs)
    app.connect("doctree-resolved", bib_style.set_formulas)
