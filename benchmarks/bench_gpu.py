"""Predictions with theory errors per second on a GPU, in float64, against the copy bandwidth measured in the same run.

    .venv/bin/python benchmarks/bench_gpu.py [--points 4000000] [--write]

Needs JAX with CUDA (pip install "jax[cuda12]"). Without a GPU it says so and measures nothing; ``--platform cpu`` runs
the same code on the processor instead, to see that it works.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bench_engine import FOUR, TEN, random_points, sheet
from machine import median_time
from nutau.inference.theory_model import TheoryModel
from report import Report, arguments, one_thread, seconds

AGREEMENT = 1e-9


def copy_bandwidth(jax: Any, device: Any, size: int) -> float:
    """Bytes per second, read and written, of a copy of ``size`` float64 numbers."""
    x = jax.device_put(np.ones(size), device)
    copy = jax.jit(lambda x: x + 0.0)
    took = median_time(lambda: jax.block_until_ready(copy(x)), repeat=11, warmup=3)
    return 2 * 8 * size / took


def chi2(made: TheoryModel, sm: list[float]) -> Any:
    """A χ² of the ten observables: all inputs are read, one number is written."""

    def function(*x: Any) -> Any:
        values, errors = made.columns(*x)
        return sum(((v - c) / (e + 0.1 * c)) ** 2 for v, e, c in zip(values, errors, sm, strict=True))

    return function


def measure(report: Report, jax: Any, device: Any, made: TheoryModel, count: int) -> None:
    bandwidth = copy_bandwidth(jax, device, 1 << 26)
    report.say(f"Copy of 0.5 GiB: {bandwidth / 1e9:.4g} GB/s read and written.")
    x = random_points(count)
    columns = tuple(jax.device_put(np.ascontiguousarray(part), device) for part in x.T)
    number, inputs = len(TEN), len(FOUR)
    rows = []
    for name, function, outputs in (
        ("values", lambda *x: made.columns(*x)[0], number),
        ("values and errors", made.columns, 2 * number),
        ("χ² of all with errors", chi2(made, made(np.zeros(inputs)).tolist()), 1),
    ):
        compiled = jax.jit(function)
        jax.block_until_ready(compiled(*columns))
        took = median_time(lambda compiled=compiled: jax.block_until_ready(compiled(*columns)), repeat=11)
        moved = 8 * (inputs + outputs) * count / took
        rows.append(
            (
                name,
                seconds(took),
                f"{count * number / took:.3g}",
                f"{moved / 1e9:.4g}",
                f"{moved / bandwidth:.2g}",
            )
        )
    report.table(("", f"{count:.0e} points", "predictions/s", "GB/s moved", "of the copy"), rows)
    values = np.stack([np.asarray(part[:1000]) for part in jax.jit(made.columns)(*columns)[0]], axis=-1)
    worst = float(np.abs(values / made(x[:1000]) - 1.0).max())
    verdict = "agree" if worst < AGREEMENT else "DO NOT AGREE"
    report.say(
        f"The first thousand points {verdict} with NumPy on the processor: largest deviation {worst:.1e}."
    )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--points", type=int, default=4_000_000)
    parser.add_argument("--platform", choices=("gpu", "cpu"), default="gpu")
    options = parser.parse_args()
    one_thread()
    import jax

    jax.config.update("jax_enable_x64", True)
    report = Report("GPU")
    report.begin("jax", "jaxlib")
    try:
        device = jax.devices(options.platform)[0]
    except RuntimeError as error:
        report.say(f"No GPU here, so nothing was measured. JAX says: {str(error).splitlines()[0]}")
        return report.end(options.write)
    report.say(
        f"{device.device_kind} ({device.platform}), float64, {len(TEN)} observables of {len(FOUR)} coefficients."
    )
    measure(report, jax, device, sheet(), options.points)
    return report.end(options.write)


if __name__ == "__main__":
    main()
