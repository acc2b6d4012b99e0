"""Nothing stale, nothing shared that can be changed, everything public picklable, threads and forks."""

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass
from multiprocessing import get_context
from types import ModuleType

import numpy as np
import pytest

import nutau
from nutau.common.arrays import namespace
from nutau.common.yaml_files import folder, references
from nutau.eft.smeft.running import load, running
from nutau.errors import InputError
from nutau.inference.likelihood import use_double_precision
from nutau.inputs.letter import chain
from nutau.measurements import measurements, projections
from nutau.observables.spectra.evaluation import traced

# --- caches are keyed by content

WORKSPACE = """{"version": "1.0.0", "channels": [{"name": "c", "samples": [
  {"name": "signal", "data": [10.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": null}]},
  {"name": "background", "data": [50.0],
   "modifiers": [{"name": "b", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}]}]}],
 "observations": [{"name": "c", "data": [%g]}],
 "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[-10, 10]]}]}}]}"""


def test_a_workspace_rewritten_is_read_again(tmp_path):
    pytest.importorskip("pyhf")
    from nutau.measurements.workspace import profile

    path, grid = tmp_path / "w.json", (0.0, 0.5, 1.0, 1.5, 2.0)
    found = []
    for observed in (60.0, 52.0, 60.0):
        path.write_text(WORKSPACE % observed)
        found.append(profile(str(path), "mu", 1.0, grid))
    assert found[0] is found[2]
    assert not np.allclose(found[0].values, found[1].values)


def test_a_running_table_replaced_is_read_again(tmp_path):
    shipped = folder("running").joinpath("smeft_wet_4.8.npz").read_bytes()
    path = tmp_path / "smeft_wet_4.8.npz"
    path.write_bytes(shipped)
    before = running(2000.0, tables=tmp_path).matrix
    with np.load(path) as data:
        parts = dict(data)
    np.savez(path, **(parts | {"real": 2.0 * parts["real"], "imaginary": 2.0 * parts["imaginary"]}))
    after = running(2000.0, tables=tmp_path).matrix
    np.testing.assert_allclose(after[1:, 1:], 2.0 * before[1:, 1:], rtol=1e-6)


def test_a_data_set_extended_by_another_is_read_again(tmp_path):
    """The letter's chain on a file that extends a second one, of which only the second changes."""
    base, own = tmp_path / "base.yaml", tmp_path / "own.yaml"
    own.write_text(f"title: t\nextends: {base}\n")
    text = folder("datasets").joinpath("letter-2022.yaml").read_text(encoding="utf-8")
    base.write_text(text)
    assert chain(str(own)).delta == chain("letter-2022").delta
    base.write_text(f"{text}\ndrop: [{nutau.load_dataset('letter-2022').measurements[0].name}]\n")
    with pytest.raises(InputError):
        chain(str(own))


# --- what is shared is read-only


def arrays_of(record, path="", depth=0):
    """Every NumPy array in a record, with where it is."""
    if isinstance(record, np.ndarray):
        yield path, record
    elif isinstance(record, tuple | list):
        for place, part in enumerate(record):
            yield from arrays_of(part, f"{path}[{place}]", depth + 1)
    elif hasattr(record, "items"):
        for key, part in record.items():
            yield from arrays_of(part, f"{path}[{key}]", depth + 1)
    elif is_dataclass(record) and depth < 8:
        for item in fields(record):
            yield from arrays_of(getattr(record, item.name), f"{path}.{item.name}", depth + 1)


@pytest.mark.parametrize(
    "shared",
    [
        measurements,
        projections,
        lambda: nutau.load_dataset("2026"),
        lambda: load(),
        lambda: nutau.load_inputs(),
    ],
    ids=["measurements", "projections", "data set", "running", "inputs"],
)
def test_shared_arrays_cannot_be_written_to(shared):
    found = list(arrays_of(shared()))
    assert found
    for path, array in found:
        assert not array.flags.writeable, path


def test_a_fit_cannot_be_changed_through_a_data_set():
    gaussian = nutau.load_dataset("2026")["HFLAV-2025-RD"].gaussian
    with pytest.raises(ValueError, match="read-only"):
        gaussian.central *= 1.1
    with pytest.raises(ValueError, match="read-only"):
        gaussian.precision[0, 0] = 0.0


@pytest.mark.parametrize("shared", [measurements, projections, references])
def test_shared_mappings_cannot_be_changed(shared):
    with pytest.raises(TypeError):
        shared()["x"] = 1


def _read_only(own):
    view = own.view()
    view.flags.writeable = False
    return view


@pytest.mark.parametrize("given", [lambda own: own, lambda own: own[:], np.asarray, _read_only])
def test_a_record_keeps_what_it_was_made_with(given):
    """The user's array stays writable, and what is written to it later, even behind a view, is not in the record."""
    own = np.array([1.0, 2.0])
    made = nutau.Parameters(("a", "b"), given(own), np.eye(2), ("g", "g"), ("s", "s"))
    own[0] = 3.0
    assert own.tolist() == [3.0, 2.0]
    assert made.central.tolist() == [1.0, 2.0]
    assert not made.central.flags.writeable
    assert made.replace({"a": 5.0}).covariance is made.covariance  # what nobody can write to is not copied


# --- everything public can be pickled


@pytest.fixture(scope="module")
def fit():
    use_double_precision()
    return nutau.fit(("delta",), fixed={"kappa": 0.7}, draws=20)


S3 = {"mass": 2000.0, "y3LL": {"33": 1.0, "23": 0.1}}
MADE = {
    "Affine": lambda: nutau.Affine.identity(nutau.Basis("WET", "flavio", ("C9_bstautau",))),
    "Basis": lambda: nutau.Basis("WET", "flavio", ("C9_bstautau",)),
    "Inputs": nutau.load_inputs,
    "InvisibleState": lambda: nutau.InvisibleState("two-body", 2.0, rate=1e-5),
    "Model": lambda: nutau.S3(**S3),
    "Parameters": lambda: nutau.load_inputs().parameters,
    "Quadratic": lambda: nutau.formulas(["R(D)"], draws=0)[0].central.numerator,
    "Wilson": lambda: nutau.S3(**S3).smeft(),
    "catalogue": nutau.catalogue,
    "cite": nutau.cite,
    "compare_inputs": lambda: nutau.compare_inputs("R(D)", draws=0),
    "compare_models": lambda: nutau.compare_models("U1", "2026-core", draws=5),
    "judge": lambda: nutau.judge("U1", 4000.0, draws=0, couplings=["x1LL_23"], fixed={"x1LL_33": 1.0}),
    "error_budget": lambda: nutau.error_budget("R(D)"),
    "forecast": lambda: nutau.forecast((1.0, 5.0), draws=20, toys=5),
    "formulas": lambda: nutau.formulas(["R(D)", "BR(B+->Knunu)"], draws=5),
    "likelihood": lambda: nutau.likelihood(["delta"], fixed={"kappa": 0.7}, draws=5),
    "load_dataset": lambda: nutau.load_dataset("2026"),
    "invisible": lambda: nutau.invisible("vector", 0.0),
    "load_inputs": nutau.load_inputs,
    "polynomial": lambda: nutau.polynomial(nutau.formulas(["BR(B+->Knunu)"], draws=5)[0]),
    "predict": lambda: nutau.predict(draws=5),
    "next_measurements": lambda: nutau.next_measurements(
        "CVL_bctaunutau", "2026-core", projections=[], candidates={"R(D)": "5%"}, draws=0
    ),
    "relations": lambda: nutau.relations(["R(D)", "R(D*)"], draws=5),
    "reproduce": nutau.reproduce,
    "reproduce_paper": lambda: nutau.reproduce_paper("1606.08030"),
    "scan": lambda: nutau.scan(
        {"C1": (-0.1, 0.1, 3)}, ["R(D)"], data="2026", draws=5, progress=lambda a, b: None
    ),
    "spectrum": lambda: evaluated(nutau.spectrum("B+->Knunu")),
    "values": lambda: nutau.values(["R(D)"], nutau.S3(**S3)),
    "weights": lambda: nutau.weights({"q2": [5.0, 10.0]}, "B+->Knunu"),
}
ERRORS = {"InputError", "NutauError"}
FUNCTIONS = {
    "fit",
    "plane",
    "point",
    "read_popxf",
    "read_wcxf",
    "theory_model",
    "to_hs3",
    "to_popxf",
    "two_field_couplings",
    "X",
}
"""``fit`` has a test of its own; the others draw, read, write or return what another row holds."""


def evaluated(spectrum):
    spectrum(np.array([1.0, 2.0]))
    return spectrum


def test_every_public_name_is_covered():
    rest = set(nutau.__all__) - set(MADE) - ERRORS - FUNCTIONS - {"__version__", "DEFAULT_OBSERVABLES"}
    rest -= {"NutauDeprecationWarning"}
    for name in rest:
        assert type(getattr(nutau, name)).__name__ == "Mediator", name
        assert pickle.loads(pickle.dumps(getattr(nutau, name))).name == getattr(nutau, name).name


@pytest.mark.parametrize("name", MADE)
def test_what_is_public_can_be_pickled(name):
    made = MADE[name]()
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made)
    copy.deepcopy(made)


def test_a_fit_that_was_pickled_goes_on(fit):
    fit.with_contours(())
    again = pickle.loads(pickle.dumps(fit))
    assert again.to_dict() == fit.to_dict()
    np.testing.assert_allclose(
        again.profile("delta", np.array([0.05])).delta_chi2, fit.profile("delta", np.array([0.05])).delta_chi2
    )


def worker(kappa):
    use_double_precision()
    return nutau.fit(("delta",), fixed={"kappa": kappa}, draws=0)


def test_fits_come_back_from_a_process_pool(fit):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        (found,) = pool.map(worker, [0.7])
    assert found.best.values[0] == pytest.approx(fit.best.values[0], abs=0.01)
    assert "delta" in str(found)


# --- threads and forks

THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import numpy  # two threads cannot import it at once, whatever they want of it
import nutau
if sys.argv[1] == "warm":  # so that rates are computed while JAX is half imported
    nutau.predict(["R(D)"], nutau.X(1.0, delta=0.05), draws=8)
barrier = Barrier(32)
def first(number):
    barrier.wait()
    if number % 4 == 3:
        import jax
        return jax.__name__ and 0.0
    if number % 4 == 2:
        return float(nutau.values(["R(D)"], nutau.S3(mass=2000.0, y3LL={"33": 1.0, "23": 0.1}))[0]) * 0.0
    return float(nutau.predict(["R(D)"], nutau.X(1.0, delta=0.05), draws=8)["R(D)"].value)
with ThreadPoolExecutor(32) as pool:
    found = list(pool.map(first, range(32)))
assert len({value for value in found if value}) == 1, found
print("all")
"""


def test_half_of_jax_is_none(monkeypatch):
    """What another thread sees while JAX is imported: a module without its names."""
    monkeypatch.setitem(sys.modules, "jax", ModuleType("jax"))
    assert namespace(np.ones(2)) is np
    assert not traced(np.ones(2))
    assert nutau.predict(["R(D)"], draws=0)["R(D)"].value > 0


@pytest.mark.parametrize("start", ["cold", "warm"])
def test_the_first_call_of_many_threads(start):
    """32 threads start in a fresh process, some with JAX: none of them meets half of a module."""
    done = subprocess.run([sys.executable, "-c", THREADS, start], capture_output=True, text=True, timeout=300)
    assert done.stdout == "all\n", done.stderr[-2000:]


FORK = """
import os, sys
import nutau
from nutau.errors import ComputationError
from nutau.inference.likelihood import use_double_precision
use_double_precision()
make = lambda: nutau.fit(("CVL_bctaunutau",), draws=0)
make()
child = os.fork()
if child == 0:
    nutau.predict(["R(D)"], draws=8)  # NumPy alone: works
    try:
        make()
    except ComputationError as error:
        os._exit(3 if "spawn" in str(error) else 4)
    os._exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this system")
def test_a_fit_after_a_fork_is_refused_in_words():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "3\n", done.stderr[-2000:]
