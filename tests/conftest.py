"""JAX as strict as it gets: double precision, no silent promotion of dtypes or ranks. And comparisons that can fail.

``pytest.approx`` accepts all that is within 1e-12, whatever relative tolerance it is given, so that rates in GeV,
coefficients in GeV⁻² and branching ratios always agree. Here there is no absolute tolerance but the one a test gives.

Compilation takes much of the suite's time: programs that XLA compiled are kept in ``.pytest_cache``, for all processes
of a run and for the next run.
"""

import os
from pathlib import Path

import pytest

from nutau.cli import programs

os.environ["NUTAU_CACHE"] = str(Path(__file__).parent.parent / ".pytest_cache")
os.environ.setdefault(programs.LEAST, "0.05")
programs.keep(os.environ)
os.environ["NUTAU_CACHE"] = "off"  # commands in processes of their own keep nothing of theirs

import jax  # noqa: E402  # after it knows the folder

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

_approx = pytest.approx


def approx(expected, rel=None, abs=None, nan_ok=False):
    """As :func:`pytest.approx`: relative to 1e-6 where nothing is given, and absolute only where that is given."""
    if abs is None:
        rel, abs = 1e-6 if rel is None else rel, 0.0
    return _approx(expected, rel=rel, abs=abs, nan_ok=nan_ok)


pytest.approx = approx


@pytest.fixture(scope="module")
def inputs():
    """The default inputs."""
    from nutau.inputs import load_inputs  # after JAX has its settings

    return load_inputs("default")


@pytest.fixture(scope="module")
def par(inputs):
    """Their central parameters by name."""
    return inputs.parameters.mapping()


@pytest.fixture(autouse=True)
def no_lines_of_progress(monkeypatch):
    """On a slow machine quick work takes ten seconds, and standard error would hold lines of progress."""
    monkeypatch.setattr("nutau.cli.progress.RARELY", 3600.0)
