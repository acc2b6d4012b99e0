"""The page docs/compare.md: nutau beside flavio, EOS, smelli, jelli and HyperIso on the same numbers.

    python tools/compare_peers.py --peer-python PYTHON [--peer-python PYTHON ...]

Each program is asked in an environment of its own: every probe in ``tools/peers`` is run with each given interpreter
until one succeeds. nutau never imports them. Programs that are nowhere installed are left out, and the page says so.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools" / "peers"), str(ROOT / "docs")]

import numpy as np

import nutau
from gen_tables import powers, table
from nutau.common.numbers import number
from nutau.report.export import for_jelli
from points import C3, KAPPAS, SM_OBSERVABLES, SMEFT_COEFFICIENTS, SMEFT_OBSERVABLES, SMEFT_SCALE, WET_POINT

PROGRAMS = ("flavio", "EOS", "smelli", "jelli", "HyperIso")
WILSON_ALPHA = 1 / 127.9


def main() -> None:
    """Ask everybody and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer-python", action="append", required=True, metavar="PYTHON")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "compare.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        popxf = Path(folder) / "nutau.json"
        popxf.write_text(json.dumps(popxf_document()))
        found = {
            name: ask(name, options.peer_python, [str(popxf)] if name == "jelli" else []) for name in PROGRAMS
        }
    options.out.write_text(page({name: answer for name, answer in found.items() if answer}, nutau_numbers()))


def ask(program: str, pythons: list[str], arguments: list[str]) -> dict:
    """The answer of a probe with the first interpreter that can run it; empty if none can."""
    probe = ROOT / "tools" / "peers" / f"{program.lower()}_probe.py"
    for python in pythons:
        run = subprocess.run(
            [python, str(probe), *arguments], capture_output=True, text=True, timeout=900, check=False
        )
        if run.returncode == 0:
            print(f"{program}: {python}", file=sys.stderr)
            return json.loads(run.stdout.strip().splitlines()[-1])
    print(f"{program}: not found\n{run.stderr[-500:]}", file=sys.stderr)
    return {}


def popxf_document() -> dict:
    """nutau's formulas with the inputs of flavio, for jelli."""
    inputs = nutau.load_inputs("flavio-2.7")
    names = [name for name, q2 in SM_OBSERVABLES if q2 is None]
    exported = nutau.to_popxf(
        nutau.formulas(names, inputs, draws=0), scale=4.8, inputs=inputs, only=tuple(WET_POINT)
    )
    return for_jelli(exported.document)


def nutau_numbers() -> dict:
    """SM values with errors for both input sets; the WET and SMEFT points."""
    found: dict = {"sm": {}, "wet": {}, "smeft": {}}
    for inputs in ("default", "flavio-2.7"):
        rows = [nutau.predict(name, q2=q2, inputs=inputs)[0] for name, q2 in SM_OBSERVABLES]
        found["sm"][inputs] = {row.observable: row for row in rows}
    chosen = nutau.load_inputs("flavio-2.7")
    compiled = [nutau.formulas([name], chosen, q2=q2, draws=0)[0] for name, q2 in SM_OBSERVABLES]
    points = [nutau.Wilson.from_mapping(f.central.basis, 4.8, restricted(f)) for f in compiled]
    start = time.process_time()
    found["wet"] = {f.observable: float(f(w)) for f, w in zip(compiled, points, strict=True)}
    found["seconds per point"] = time.process_time() - start
    for kappa in KAPPAS:
        model = nutau.X(kappa, c3=C3 * 1e6, mass=SMEFT_SCALE)
        low = model.wet(4.8, inputs="flavio-2.7")
        rows = nutau.predict(SMEFT_OBSERVABLES, model, inputs="flavio-2.7", draws=0)
        found["smeft"][str(kappa)] = {
            "coefficients": {name: complex(low[name]).real for name in SMEFT_COEFFICIENTS},
            "ratios": {row.observable: row.ratio for row in rows},
        }
    return found


def restricted(formula: object) -> dict:
    """The coefficients of the WET point that an observable depends on."""
    return {name: value for name, value in WET_POINT.items() if name in formula.central.basis}


HEAD = """# nutau beside other programs

Made by `tools/compare_peers.py` on {date} with nutau {version}, {programs}{missing}. Each program answers in an environment of its own.
To make it again:

```console
$ python tools/compare_peers.py --peer-python PATH/TO/python    # repeat the option if they live in several environments
```

How well nutau agrees with flavio, EOS and wilson over many points is another page, {validation}.
"""


def page(peers: dict, own: dict) -> str:
    """The whole page."""
    versions = [f"{answer['program']} {answer['version']}" for answer in peers.values()]
    if "wilson" in peers.get("flavio", {}):
        versions.append(f"wilson {peers['flavio']['wilson']}")
    missing = [name for name in PROGRAMS if name not in peers]
    text = HEAD.format(
        date=datetime.date.today().isoformat(),
        version=nutau.__version__,
        programs=", ".join(versions),
        missing=f"; without {', '.join(missing)}" if missing else "",
        validation="{doc}`validation`"
        if (ROOT / "docs" / "validation.md").exists()
        else "made by `make validate`",
    )
    return (
        text
        + standard_model(peers, own)
        + wet_point(peers, own)
        + smeft_points(peers, own)
        + scope(peers, own)
    )


def label(name: str, q2: tuple | None) -> str:
    """An observable with its bin, as code."""
    return f"`{name}`" + ("" if q2 is None else f" [{q2[0]:g}, {q2[1]:g}]")


def standard_model(peers: dict, own: dict) -> str:
    """Everybody's own inputs."""
    columns = [name for name in PROGRAMS if "sm" in peers.get(name, {})]
    rows = []
    for name, q2 in SM_OBSERVABLES:
        ours = [own["sm"][inputs][name] for inputs in ("default", "flavio-2.7")]
        cells = [powers(number(row.value, row.uncertainty, row.interval)) for row in ours]
        theirs = [peers[column]["sm"].get(name) for column in columns]
        rows.append(
            (label(name, q2), *cells, *("–" if value is None else powers(f"{value:.4g}") for value in theirs))
        )
    headings = ("observable", "nutau, `default`", "nutau, `flavio-2.7`", *columns)
    return (
        "\n## Standard Model, everybody's own inputs\n\nBranching fractions per GeV² where there is a bin. The spread is one of inputs: form factors above "
        "all. nutau with the inputs of flavio agrees with flavio.\n" + table(headings, rows)
    )


def wet_point(peers: dict, own: dict) -> str:
    """The same inputs and the same coefficients."""
    columns = [name for name in ("flavio", "smelli", "jelli") if "wet" in peers.get(name, {})]
    point = ", ".join(f"`{name}` = {value:g}" for name, value in WET_POINT.items())
    rows = []
    for name, q2 in SM_OBSERVABLES:
        value = own["wet"][name]
        theirs = [peers[column]["wet"].get(name) for column in columns]
        cells = [
            "–" if other is None else f"{powers(f'{other:.6g}')} ({difference(other, value)})"
            for other in theirs
        ]
        rows.append((label(name, q2), powers(f"{value:.6g}"), *cells))
    return (
        f"\n## The same inputs, the same new physics\n\nInput set `flavio-2.7`; at 4.8 GeV {point}. In brackets the relative difference to nutau.\n"
        + table(("observable", "nutau", *columns), rows)
        + "\nflavio's integrals stop at 10⁻⁷ to 10⁻⁵ of their value. smelli's predictions are flavio's with CKM elements that smelli determines itself. jelli evaluates nutau's own polynomials, written as "
        "POPxf ({doc}`tutorials/global-fit`).\n"
    )


def difference(other: float, value: float) -> str:
    """Relative difference as text that does not break over lines."""
    return f"{other / value - 1:+.0e}".replace("-", "−")


def smeft_points(peers: dict, own: dict) -> str:
    """The sign, and running."""
    if "flavio" not in peers:
        return ""
    rows, ratios = [], []
    for kappa in KAPPAS:
        ours, theirs = own["smeft"][str(kappa)], peers["flavio"]["smeft"][str(kappa)]
        for name in SMEFT_COEFFICIENTS:
            factor = own_alpha() / WILSON_ALPHA if name.startswith("C9") or name.startswith("CL") else 1.0
            a, b = ours["coefficients"][name], theirs["coefficients"][name]
            rows.append((f"{kappa:g}", f"`{name}`", f"{a:+.4f}", f"{b:+.4f}", f"{a * factor / b:.4f}"))
        for name in SMEFT_OBSERVABLES:
            ratios.append(
                (f"{kappa:g}", f"`{name}/SM`", f"{ours['ratios'][name]:.3f}", f"{theirs['ratios'][name]:.3f}")
            )
    return (
        f"\n## From the SMEFT: the sign, and α\n\n`lq3_3323` = {C3 * 1e6:g} TeV⁻² and `lq1_3323` = κ times it at {SMEFT_SCALE / 1000:g} TeV, run to 4.8 GeV by "
        "nutau and by wilson. Both find δC9 > 0 ({doc}`physics/sign`).\n"
        + table(("κ", "coefficient", "nutau", "wilson", "ratio of α C"), rows)
        + "\nCoefficients of b → s differ by the α that each program normalises them with, and by the CKM elements; the last column has the first divided "
        "out.\n"
        + table(("κ", "observable", "nutau", "wilson + flavio"), ratios)
        + "\nThe ratios to the SM differ because flavio multiplies wilson's coefficients by another α than wilson divides by: {doc}`physics/alpha`.\n"
    )


def own_alpha() -> float:
    """α at 4.8 GeV of the inputs."""
    from nutau.eft.qcd import alpha_e

    par = nutau.load_inputs("flavio-2.7").parameters.mapping()
    return float(np.asarray(alpha_e(par["alpha_e"], 4.8)))


SCOPE = (
    ("new physics in b → sττ", "yes", "yes", "SM only", "yes", "from files", "not tried"),
    ("new physics in b → sνν, by flavour", "yes", "yes", "one for all flavours", "yes", "from files", "no B → K⁽*⁾νν"),
    ("scalars and tensors in b → cτν", "yes", "yes", "yes", "yes", "from files", "yes"),
    ("SMEFT, running", "tables of wilson", "wilson", "reads WCxf", "wilson", "rgevolve", "no"),
    ("UV model to observable", "13 mediators", "no", "no", "no", "no", "MARTY"),
    ("theory errors with new physics", "in closed form", "by sampling", "by sampling", "SM only", "from files", "by sampling"),
    ("many points at once, derivatives", "yes", "no", "no", "no", "yes", "threads"),
    ("measurements", "with sources, to 2026", "yes", "yes", "flavio's", "none", "yes"),
    ("fits, posteriors", "yes", "partly", "yes", "profiles", "yes", "yes"),
    ("POPxf", "reads, writes", "no", "no", "no", "reads", "no"),
    ("other decays", "few", "thousands", "thousands", "flavio's", "from files", "many"),
)  # fmt: skip


def scope(peers: dict, own: dict) -> str:
    """What each is for, and how long a point takes."""
    seconds = [("nutau (formulas compiled)", own["seconds per point"])]
    seconds += [
        (name, peers[name]["seconds per point"])
        for name in PROGRAMS
        if "seconds per point" in peers.get(name, {})
    ]
    return (
        "\n## What each is for\n\nAs of these versions, for the decays of this page.\n"
        + table(("", "nutau", "flavio", "EOS", "smelli", "jelli", "HyperIso"), SCOPE)
        + "\n## Time for one point\n\nProcessor time for the observables that each program has of the first table, on the machine that made this page; smelli: three "
        "likelihoods; HyperIso: with set-up. An order of magnitude, not a benchmark (`benchmarks/`).\n"
        + table(("program", "milliseconds"), ((name, f"{1e3 * value:.3g}") for name, value in seconds))
    )


if __name__ == "__main__":
    main()
