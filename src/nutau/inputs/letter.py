r"""The letter's inputs and its chain from :math:`R_{D^{(*)}}` to Wilson coefficients.

Equations (2.8), (2.11), (2.15), (3.1), (3.2) and (4.1)-(4.5) of :cite:`deGiorgi:lesson`. The two conventions differ
in the sign of :math:`\lambda_t = V_{tb} V_{ts}^*` alone:

* ``published`` inserts :math:`+|\lambda_t|`, as the letter does;
* ``physical`` keeps the sign it has when :math:`V_{cb}` and :math:`V_{cs}` are positive, which is minus. Then
  :math:`\delta C_9 = +(\kappa+1)\,(\pi/\alpha)\,\delta\,V_{cb}/|\lambda_t|`: by CKM unitarity no convention is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import pi, sqrt

import numpy as np
from pydantic import BaseModel, ConfigDict

from nutau.common.arrays import Array
from nutau.common.yaml_files import folder, read_yaml, validate
from nutau.eft.algebra import Affine
from nutau.eft.smeft.matching import CONVENTIONS as CONVENTIONS
from nutau.eft.wilson import Basis
from nutau.errors import InputError, unknown
from nutau.measurements import DataSet, Gaussian, UpperLimits, dataset_names, load_dataset

COEFFICIENTS = Basis(
    "WET",
    "flavio",
    ("C9_bstautau", "C10_bstautau", "CL_bsnumunumu", "CL_bsnutaunutau", "CVL_bctaunutau"),
)
DELTA = Basis("letter", "delta", ("delta",))


class _Constant(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    value: float
    uncertainty: float = 0.0
    location: str
    note: str = ""
    source: str = ""


class _Rounding(BaseModel):
    model_config = ConfigDict(extra="forbid")
    delta: int
    c9: int


class Constants(BaseModel):
    """The content of ``data/letter/constants.yaml``."""

    model_config = ConfigDict(extra="forbid")
    source: str
    constants: dict[str, _Constant]
    rounding: _Rounding

    def __getitem__(self, name: str) -> float:
        return self.constants[name].value


@dataclass(frozen=True)
class Number:
    """A value with a symmetric standard deviation."""

    value: float
    uncertainty: float


@dataclass(frozen=True)
class Chain:
    r"""From the data to :math:`\delta C_9`: what the letter prints between (4.1) and (4.5).

    ``delta`` and ``c9`` are rounded as printed, because the letter goes on with the printed digits; ``c9`` is the
    modulus of :math:`\delta C_9^{\tau\tau}/(\kappa+1)`. Bounds are on :math:`R_{\nu\nu}` at 90 % CL.
    """

    dataset: str
    delta_d: Number
    delta_dstar: Number
    delta_mean: Number
    delta: Number
    c3: Number
    c9_unrounded: Number
    c9: Number
    c9_mumu: Number
    bound_k: float
    bound_kstar: float

    def at(self, sigmas: float | Array) -> float | Array:
        """δ at a number of standard deviations from its mean."""
        return self.delta.value + sigmas * self.delta.uncertainty

    @property
    def bound(self) -> float:
        """The weaker of both bounds on R_νν: a point below it is allowed in one panel of Figure 1 at least."""
        return max(self.bound_k, self.bound_kstar)

    @property
    def slope(self) -> float:
        r""":math:`|\delta C_9^{\tau\tau}|/((\kappa+1)\,\delta)`."""
        return self.c9.value / self.delta.value


def sign(convention: str) -> int:
    r"""Sign of :math:`\delta C_9^{\tau\tau}/((\kappa+1)\,\delta)`: -1 as published, +1 physically."""
    if convention not in CONVENTIONS:
        raise unknown("convention", convention, CONVENTIONS)
    return 1 if convention == "physical" else -1


@cache
def constants() -> Constants:
    """The letter's constants, each with where the letter has it."""
    path = folder("letter").joinpath("constants.yaml")
    return validate(Constants, read_yaml(path), path.name)


def chain(dataset: str = "letter-2022") -> Chain:
    """Evaluate the chain on a data set that holds R_D, R_D*, their SM values and the bounds on R_νν."""
    return _own_chain(dataset) if dataset in dataset_names() else _chain(dataset)


@cache
def _own_chain(dataset: str) -> Chain:
    return _chain(dataset)


def _chain(dataset: str) -> Chain:
    """Not kept for a user's file: it, or one that it extends, may be another one at the next call."""
    c, data = constants(), load_dataset(dataset)
    lambda_t = quoted(data, "abs(lambda_t)", "input").value
    delta_d, delta_dstar = (
        _delta(quoted(data, name), quoted(data, name, "prediction"))
        for name in ("Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)")
    )
    mean = _weighted_mean(delta_d, delta_dstar)
    delta = Number(round(mean.value, c.rounding.delta), round(mean.uncertainty, c.rounding.delta))
    v2 = 1e-6 / (sqrt(2.0) * c["G_F"])  # TeV^2
    c3 = Number(-mean.value * c["V_cb"] / (v2 * c["V_cs"]), mean.uncertainty * c["V_cb"] / (v2 * c["V_cs"]))
    # (2.8) with (4.3): the new-physics scale and v drop out, N C3 = (pi/alpha) delta V_cb/(V_cs lambda_t)
    factor = pi / c["alpha_em"] * c["V_cb"] / (c["V_cs"] * lambda_t)
    c9 = Number(factor * mean.value, factor * mean.uncertainty)
    return Chain(
        dataset=dataset,
        delta_d=delta_d,
        delta_dstar=delta_dstar,
        delta_mean=mean,
        delta=delta,
        c3=c3,
        c9_unrounded=c9,
        c9=Number(round(c9.value, c.rounding.c9), round(c9.uncertainty, c.rounding.c9)),
        c9_mumu=quoted(data, "C9_bsmumu", "input"),
        bound_k=bound(data, "BR(B+->Knunu)/SM")[0],
        bound_kstar=bound(data, "BR(B0->K*nunu)/SM")[0],
    )


def quoted(data: DataSet, observable: str, role: str = "measurement") -> Number:
    """The number that a data set gives for an observable in a role (measurement, prediction or input).

    Raises :class:`InputError` if it gives none: the chain needs it.
    """
    for entry in (*data.measurements, *data.references):
        names = [item.name for item in entry.observables]
        if entry.role == role and observable in names and isinstance(entry.distribution, Gaussian):
            row = int(np.flatnonzero(entry.distribution.index == names.index(observable))[0])
            width = 0.5 * (entry.distribution.plus[row] + entry.distribution.minus[row])
            return Number(float(entry.distribution.central[row]), float(width))
    raise InputError(
        f"Data set {data.name} holds no {role} of {observable}, which the letter's chain needs. "
        "Use letter-2022, or add it to your file with 'extends: letter-2022'."
    )


def bound(data: DataSet, observable: str) -> tuple[float, float]:
    """The upper limit that a data set gives for an observable and its confidence level; InputError if it gives none."""
    for entry in data.measurements:
        names = [item.name for item in entry.observables]
        if observable in names and isinstance(entry.distribution, UpperLimits):
            row = names.index(observable)
            return float(entry.distribution.limit[row]), float(entry.distribution.confidence_level[row])
    raise InputError(
        f"Data set {data.name} holds no upper limit on {observable}, which the letter's claims need. "
        "Use letter-2022, or add it to your file with 'extends: letter-2022'."
    )


def _delta(measured: Number, sm: Number) -> Number:
    """(4.1): sqrt(R/R_SM) - 1, errors of data and SM in quadrature."""
    ratio = measured.value / sm.value
    relative = sqrt((measured.uncertainty / measured.value) ** 2 + (sm.uncertainty / sm.value) ** 2)
    return Number(sqrt(ratio) - 1.0, 0.5 * sqrt(ratio) * relative)


def _weighted_mean(*numbers: Number) -> Number:
    """Inverse-variance mean; the letter takes R_D and R_D* as uncorrelated."""
    weights = np.array([number.uncertainty**-2 for number in numbers])
    values = np.array([number.value for number in numbers])
    return Number(float(weights @ values / weights.sum()), float(weights.sum() ** -0.5))


def line(
    kappa: float,
    convention: str,
    *,
    dataset: str = "letter-2022",
    muons: bool = False,
    kappa_mu: float | None = None,
) -> Affine:
    r"""A model's line in coefficient space: :math:`\delta \mapsto` WET coefficients, for :math:`C_1 = \kappa C_3`.

    :math:`\delta C_9^{\tau\tau} = -\delta C_{10}^{\tau\tau} = s(\kappa+1)A\delta`,
    :math:`\delta C_L^{\nu_\tau} = s(\kappa-1)A\delta`, with :math:`s = \mp 1` by convention ((4.4), (4.5)). With
    ``muons``, :math:`\delta C_L^{\nu_\mu} = \frac{\kappa_\mu-1}{\kappa_\mu+1}\,\delta C_9^{\mu\mu}` (3.2), where
    ``kappa_mu`` is ``kappa`` if not given; :class:`InputError` at :math:`\kappa_\mu = -1`.
    """
    steps = chain(dataset)
    slope = sign(convention) * steps.slope
    linear = np.zeros((len(COEFFICIENTS), 1))
    offset = np.zeros(len(COEFFICIENTS))
    for name, value in (
        ("C9_bstautau", (kappa + 1) * slope),
        ("C10_bstautau", -(kappa + 1) * slope),
        ("CL_bsnutaunutau", (kappa - 1) * slope),
        ("CVL_bctaunutau", 1.0),
    ):
        linear[COEFFICIENTS.index(name), 0] = value
    if muons:
        c9_mumu = steps.c9_mumu.value
        offset[COEFFICIENTS.index("CL_bsnumunumu")] = (
            nunu_over_c9(kappa if kappa_mu is None else kappa_mu) * c9_mumu
        )
    return Affine.from_parts(DELTA, COEFFICIENTS, offset=offset, linear=linear)


def nunu_over_c9(kappa: float) -> float:
    r"""(3.2): :math:`\delta C_L^{\nu_\ell} / \delta C_9^{\ell\ell} = (\kappa-1)/(\kappa+1)`.

    Raises :class:`InputError` at :math:`\kappa = -1`, where :math:`\delta C_9 = 0` fixes nothing.
    """
    if kappa == -1:
        raise InputError(
            "κ = -1 gives δC9 = 0, so (3.2), δC_L = (κ-1)/(κ+1) δC9, cannot be used. Give another κ for this lepton, "
            "or set CL_bsnumunumu itself."
        )
    return (kappa - 1) / (kappa + 1)
