"""The documentation: nothing is missing from it, and its code runs."""

import ast
import contextlib
import inspect
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace

import pytest

import nutau
from nutau.common.yaml_files import entries, parse_yaml, validate
from nutau.inputs.parameters import Parameters
from nutau.letter.appendix import _ours
from nutau.measurements import dataset_names, measurements, projections
from nutau.measurements.schema import File
from nutau.models import MEDIATORS
from nutau.observables import ALIASES, catalogue

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITTEN = [path for path in sorted(DOCS.rglob("*.md")) if not {"generated", "_build"} & set(path.parts)]
PAGES = [ROOT / "README.md", *WRITTEN]
NOTEBOOKS = sorted((DOCS / "tutorials").glob("*.ipynb"))


@pytest.fixture
def few_draws(monkeypatch):
    """Examples run with 20 theory draws: what is tested is that they run."""
    whole = Parameters.sample

    def sample(self, draws, *args, **options):
        return whole(self, min(draws, 20), *args, **options)

    monkeypatch.setattr(Parameters, "sample", sample)
    _ours.cache_clear()
    yield
    _ours.cache_clear()  # no later test may meet formulas of 20 draws


@pytest.fixture(scope="module")
def site():
    """The modules beside the pages can be imported."""
    sys.path.insert(0, str(DOCS))
    yield
    sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def generated(site):
    import gen_pages

    return gen_pages.pages(draws=2)


@pytest.fixture
def run_blocks(site):
    import run_blocks

    return run_blocks


def test_every_name_is_documented(generated):
    wanted = {
        "observables.md": [*(item.name for item in catalogue()), *ALIASES],
        "models.md": [field.name for field in MEDIATORS],
        "inputs.md": [*entries("inputs"), *nutau.load_inputs().form_factors],
        "measurements.md": [*dataset_names(), *measurements(), *projections()],
    }
    for page, names in wanted.items():
        missing = [name for name in names if name not in generated[page]]
        assert not missing, f"{page}: {missing}"
    parameters = [name for name in nutau.load_inputs().parameters.names if " BSZ " not in name]
    form_factor = {name for record in nutau.load_inputs().form_factors.values() for name in record.names}
    assert not [
        name for name in parameters if name not in form_factor and f"`{name}`" not in generated["inputs.md"]
    ]


def test_every_command_and_option_is_documented(generated):
    import gen_commands

    for name, command in gen_commands.commands():
        assert f"`{name}`" in generated["commands.md"], name
        assert command.help, f"{name} has no help"
        for parameter in command.params:
            text = parameter.opts[-1] if parameter.param_type_name == "option" else parameter.metavar
            assert text in generated["commands.md"], f"{name} {text}"


def test_every_public_name_is_in_the_api(generated):
    api = {page.removeprefix("api/").removesuffix(".md") for page in generated if page.startswith("api/")}
    for name in nutau.__all__:
        thing = getattr(nutau, name)
        module = getattr(thing, "__module__", None)
        if module and not module.startswith(("builtins", "collections")):
            assert module in api, f"{name} of {module}"


def test_every_module_is_in_the_index_of_the_api(generated):
    listed = generated["api/index.md"].split()
    pages = {page.removeprefix("api/").removesuffix(".md") for page in generated if page.startswith("api/")}
    assert pages - {"index"} <= set(listed)


def test_every_page_is_reachable():
    """Pages are in the table of contents, and links between pages lead somewhere."""
    listed = (DOCS / "index.md").read_text()
    for path in [*WRITTEN, *NOTEBOOKS]:
        name = str(path.relative_to(DOCS).with_suffix(""))
        assert name == "index" or name in {"today", "lines", "validation", "README"} or name in listed, path
    for path in WRITTEN:
        for target in re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", path.read_text()):
            found = (path.parent / target).resolve()
            made = (
                "generated" in target
                or found.with_suffix(".md").exists()
                or found.with_suffix(".ipynb").exists()
            )
            assert made, f"{path}: {target}"


def test_programs_are_told_of_every_page(site, tmp_path):
    import gen_llms

    gen_llms.write(DOCS, tmp_path)
    text = (tmp_path / "llms.txt").read_text()
    links = re.findall(r"\]\(([^)]+)\)(: \S)?", text.partition("## Pages")[2])
    written = {str(path.relative_to(DOCS).with_suffix("")) for path in [*WRITTEN, *NOTEBOOKS]}
    told = {target.removesuffix(".html") for target, _ in links}
    assert written - told <= {"index", "README"}
    assert not [target for target in told if not list(DOCS.glob(f"{target}.*"))]
    assert {"plot-plane.json", "all.json"} <= {path.name for path in (tmp_path / "schemas").iterdir()}


def test_every_link_to_code_leads_to_its_module(generated):
    """A function is linked by the module whose API page has it, not by one that imports it."""
    texts = [path.read_text() for path in [*WRITTEN, *NOTEBOOKS]] + list(generated.values())
    for text in texts:
        for role, target in re.findall(r"\{py:(\w+)\}`(?:[^`<]*<)?~?([\w.]+)>?`", text):
            thing = resolve_name(target)
            where = target if role == "mod" else target.rpartition(".")[0]
            if role in {"func", "class"}:
                assert thing.__module__ == where, target


def test_the_table_of_what_to_touch_names_files_that_exist():
    text = (DOCS / "develop" / "design.md").read_text()
    rows = [row.split("|") for row in text[text.index("| to add |") :].partition("\n\n")[0].splitlines()[2:]]
    assert len(rows) >= 7
    for _, what, files, more, _ in rows:
        named = re.findall(r"`([^`]+)`", files)
        assert named, what
        for name in named:
            assert (ROOT / "src" / "nutau" / name).exists(), name
        for name in re.findall(r"`([^`]+)`", re.sub(r"\{doc\}`[^`]+`", "", more)):
            assert (ROOT / name).exists(), name


def test_pictures_of_the_explorer_are_those_that_there_are(site, tmp_path, monkeypatch, capsys):
    """Without a browser the page says so, and the command too; five widths in both themes."""
    import gen_screens

    assert "without a browser" in gen_screens.text(tmp_path, "images")
    for theme in gen_screens.THEMES:
        for width in gen_screens.WIDTHS:
            (tmp_path / gen_screens.name(width, theme)).touch()
    made = re.findall(r"\(images/(page-\d+-\w+\.png)\)", gen_screens.text(tmp_path, "images"))
    assert sorted(made) == sorted(path.name for path in tmp_path.iterdir())
    assert len(made) == 10
    monkeypatch.setattr(gen_screens, "browser", lambda: None)
    assert gen_screens.take(tmp_path / "plane.html", tmp_path / "new") == []
    assert gen_screens.main([]) == 2
    monkeypatch.setattr(gen_screens, "browser", lambda: "chromium")
    assert gen_screens.main(["--page", str(tmp_path / "none.html")]) == 2
    assert "make it with 'nutau explore --out FILE'" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_every_picture_is_drawn_by_a_command_of_its_page_and_stands_in_the_gallery(site, generated):
    import gen_gallery

    gallery = generated["gallery.md"]
    for name, text in gen_gallery.pages(DOCS).items():
        for picture in gen_gallery.shown_pictures(text):
            assert picture in gen_gallery.drawn(text), f"{name}: nothing writes {picture}"
            assert f"images/{picture}" in gallery
    shown = [
        picture for text in gen_gallery.pages(DOCS).values() for picture in gen_gallery.shown_pictures(text)
    ]
    assert len(shown) == len(set(shown)), "two pages write one picture"
    verbs = resolve_name("nutau.cli.plot:app").registered_commands
    for verb in (f"plot {command.name}" for command in verbs):
        assert f"`nutau {verb}" in gallery, verb


def test_lines_beside_those_of_other_programs_run(few_draws, monkeypatch):
    """Our side of the tables, row by row; of fits and scans the arguments."""
    for name in ("fit", "scan", "compare_inputs"):
        takes = inspect.signature(getattr(nutau, name))
        monkeypatch.setattr(
            nutau, name, lambda *a, takes=takes, **k: takes.bind(*a, **k) and SimpleNamespace(**MADE)
        )
    whole, quick = nutau.likelihood, {"draws": 0, "mode": "fast"}
    monkeypatch.setattr(nutau, "likelihood", lambda p, data, **k: whole(p, "2026-core", **k | quick))
    rows = [
        line.split(" | ") for line in (DOCS / "coming-from.md").read_text().splitlines() if " | `" in line
    ]
    ours = [row[-1].strip("` |") for row in rows]
    assert len(ours) > 15
    names = {"nutau": nutau}
    for line in ours:
        exec(line, names)


MADE = {"pulls": None, "sampled": None}
"""What the page reads from a fit."""


def test_the_readme_shows_what_its_commands_print(site, run_blocks, tmp_path, monkeypatch):
    """The quick ones; the build of the site compares the others."""
    import gen_front

    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text()
    shown = dict(gen_front.shown(text))
    assert len(shown) == 3
    quick = {line: run_blocks.run_line(line) for line in shown if not run_blocks.takes_long(line.split())}
    assert quick
    gen_front.check(text, quick)
    site_pages = "\n".join(path.read_text() for path in WRITTEN)
    assert all(f"$ {line}\n" in site_pages for line in shown)
    (line, output), *_ = quick.items()
    with pytest.raises(ValueError, match="shows another output"):
        gen_front.check(text, {line: output.replace("7.80", "7.20")})
    lines = [line for _, shown_lines in gen_front.shown(text) for line in shown_lines]
    assert gen_front.printing("\n".join(lines)) == lines  # nothing that depends on how fast a machine is
    assert gen_front.same(["4.0 of 12"], "3.9 of 12")  # one in the last digit: rounding
    assert not gen_front.same(["4.0 of 12"], "3.8 of 12")
    assert not gen_front.same(["4.0 of 12"], "4.0 of 13")


def test_the_house_of_the_page_is_that_of_the_layers(site):
    import gen_house
    import test_layers

    assert test_layers.ROOMS[1:] == gen_house.ROOMS
    assert set(gen_house.PROVISIONAL) <= set(nutau.__all__)
    for room in gen_house.ROOMS:
        assert f"nutau imports {room}" not in gen_house.drawing()
        assert f">{room}</text>" in gen_house.drawing()
    assert "decays imports models" not in gen_house.drawing()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_of_pages_runs(path, tmp_path, monkeypatch, few_draws, run_blocks):
    """All blocks run in order in one folder, with commands that are indented, as in the README; long ones are read."""
    monkeypatch.chdir(tmp_path)
    run_blocks.write_files()
    text = path.read_text()
    outputs = list(run_blocks.run(text, quick=True))
    assert len(outputs) == len(list(run_blocks.blocks(text)))
    for line in indented(run_blocks, text):
        run_blocks.run_line(line, quick=True)
    if Path("mine.yaml").exists():
        read_own_file(Path("mine.yaml"))


def test_long_commands_of_the_readme_are_those_of_a_page(run_blocks):
    """The build of the site runs the long commands of its pages; the README is none of them."""
    site = "\n".join(path.read_text() for path in WRITTEN)
    lines = [
        line.partition("#")[0].strip() for line in indented(run_blocks, (ROOT / "README.md").read_text())
    ]
    long = [line for line in lines if line.removeprefix("nutau ").startswith(run_blocks.LONG)]
    assert long
    assert all(f"$ {line}\n" in site for line in long)


def indented(run_blocks, text):
    """Commands in code that is marked by its margin alone."""
    return re.findall(r"(?m)^    ((?:nutau|make|pip|python) .*)$", run_blocks.FENCE.sub("", text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_escapes(path, run_blocks):
    """Each fence is of a language that is executed, or listed with the reason why not; what is shown is no code."""
    found = list(run_blocks.FENCE.finditer(path.read_text()))
    assert len(found) == len(re.findall(r"(?m)^\s*(?:`{3,}|~{3,}|:{3,})", path.read_text())) / 2
    list(run_blocks.blocks(path.read_text()))  # raises for another language
    for block in found:
        if block["language"] in run_blocks.SHOWN:
            assert not re.search(
                r"(?m)^\s*(?:\$ |(?:nutau|pip|make|python3?) |import |from \w+ import )", block["body"]
            )
            with pytest.raises(SyntaxError):
                compile(block["body"], "shown", "exec")


@pytest.mark.parametrize(
    "text",
    [
        "```shell\nnutau fit\n```",
        "```\nnutau fit\n```",
        "~~~bash\nnutau fit\n~~~",
        "1. so\n\n   ```python\n   import nutau\n   ```",
        "```console\nnutau predict --kappa 1\n```",
        "```console\n$ ls\n```",
        "```console\n$ pip install '.[none]'\n```",
        "```console\n$ make nothing\n```",
        "```console\n$ python tools/fit_form_factors.py --none\n```",
        "```yaml\na: 1\n```",
    ],
)
def test_what_would_escape_is_an_error(text, tmp_path, monkeypatch, run_blocks):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="nothing runs|begins with|not a command|there is no|is a file"):
        list(run_blocks.run(text))


def test_the_model_of_the_page_is_the_one_of_the_package(run_blocks):
    block = next(run_blocks.blocks((DOCS / "develop" / "model.md").read_text()))
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block["body"], "page", "exec"), names)
    assert names["S3"] == nutau.S3


def examples():
    """The commands that ``--help`` shows."""
    sys.path.insert(0, str(DOCS))
    import gen_commands
    import run_blocks

    sys.path.remove(str(DOCS))
    return [
        line
        for block in run_blocks.blocks(gen_commands.page())
        for line in run_blocks.commands(block["body"])
    ]


@pytest.mark.parametrize("line", examples())
def test_examples_of_commands_run(line, tmp_path, monkeypatch, few_draws, run_blocks):
    """What ``--help`` and the page of the commands show; long ones are run when the site is built."""
    monkeypatch.chdir(tmp_path)
    run_blocks.write_files()
    before = set(tmp_path.iterdir())
    shown = run_blocks.run_line(line, quick=True)
    words = shlex.split(line)
    is_long = run_blocks.takes_long(words) or " ".join(words[1:]).startswith(run_blocks.ELSEWHERE)
    assert is_long or shown or set(tmp_path.iterdir()) > before, "neither words nor a file"


@pytest.mark.parametrize(
    "line", ["fit --parameter delta", "plot corner --ess 0", "plot nothing", "forecast x", "today --out"]
)
def test_arguments_of_long_commands_are_read(line, run_blocks):
    with pytest.raises(Exception, match="No such|not in the range|greater than|nothing|unexpected|requires"):
        run_blocks.read_arguments(line.split())


def read_own_file(path: Path) -> None:
    """A user's file as a page shows it is a data set or an input set."""
    if "title" in parse_yaml(path.read_text(), "block"):
        assert nutau.load_dataset(path).measurements
    else:
        assert nutau.load_inputs(path).parameters


def test_the_example_of_a_measurement_is_one():
    block = re.search(r"```yaml\n(.*?)```", (DOCS / "develop" / "measurement.md").read_text(), re.DOTALL)
    assert validate(File, parse_yaml(block.group(1), "block"), "block").measurements


def cells(path: Path) -> list[str]:
    document = json.loads(path.read_text())
    assert not [c for c in document["cells"] if c.get("outputs") or c.get("execution_count")], (
        f"{path}: clear outputs"
    )
    return ["".join(c["source"]) for c in document["cells"] if c["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path, tmp_path, monkeypatch, few_draws):
    """The cells in order, without Jupyter; a cell tagged `slow` runs in the build of the site only."""
    monkeypatch.chdir(tmp_path)
    document = json.loads(path.read_text())
    slow = {"".join(c["source"]) for c in document["cells"] if "slow" in c["metadata"].get("tags", [])}
    names: dict[str, object] = {}
    for text in cells(path):
        if text not in slow:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(text, str(path), "exec"), names)
    assert "nutau" in names
    import matplotlib.pyplot as plt

    plt.close("all")


def test_notebooks_show_results_richly():
    """Predictions, models, mediators, data, references and figures have a form of their own in Jupyter."""
    model = nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.2})
    for thing, text in (
        (nutau.predict("R(D)", draws=0), "R(D)"),
        (model, "lq3_3323 = -0.025"),
        (nutau.U1, "mathcal{L}"),
        (nutau.load_dataset("2026-core"), "HFLAV-2025-RD"),
        (nutau.cite("R(D)"), "ParticleDataGroup:2022pth"),
    ):
        assert text in thing._repr_html_()
    assert nutau.plane({"U1": 1.0})._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "position", "wanted"), [("nutau pr", "1", "predict"), ("nutau predict --mo", "2", "--model")]
)
def test_shell_completion(words, position, wanted):
    """docs/howto/shell.md: bash asks through the environment, and is told verbs and options."""
    asked = {"_NUTAU_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": position}
    code = "import sys; sys.argv = ['nutau']; from nutau.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert wanted in done.stdout.split()


def docstrings():
    """Every docstring of the package that the site may show, by place."""
    for path in sorted((ROOT / "src" / "nutau").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node)
                if text and not getattr(node, "name", "").startswith("_"):
                    yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text


def test_bars_in_docstrings_are_mathematics():
    r"""|x| in plain text is a substitution to Sphinx, which stops the site: it belongs into :math:`|x|`."""
    found = {}
    for where, text in docstrings():
        plain = re.sub(r"(?m)^([ ]*)\.\. math::.*\n(?:[ ]*\n|\1[ ]+.*\n?)*", "", text)
        bars = re.findall(r"(?<![\w|])\|[^\s|][^|\n]*(?<!\s)\|", re.sub(r"`+[^`]*`+", "", plain))
        if bars:
            found[where] = bars
    assert not found
    assert len(list(docstrings())) > 500
