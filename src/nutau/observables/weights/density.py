"""Densities of events: those of a decay for given inputs and coefficients, and flat phase space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nutau.common.arrays import Array
from nutau.common.kinematics import root_kallen, sine_map
from nutau.decays.distribution import Density, Shape
from nutau.eft.wilson import Basis
from nutau.inputs import Inputs
from nutau.observables.weights.decay import Decay
from nutau.observables.weights.events import Events

NODES = 400
"""Of the integral of flat phase space, 1e-9 of it."""


@dataclass(frozen=True)
class Model:
    """A decay with the inputs that its density is computed with, central or draws."""

    decay: Decay
    inputs: Inputs

    @cached_property
    def central(self) -> dict[str, float]:
        """The central parameters."""
        return self.inputs.parameters.mapping()

    def at(self, events: Events, par: Mapping[str, Array] | None = None) -> Density:
        """The density at events, in GeV⁻¹ per unit of the angles that are given."""
        distribution = self.decay.module.distribution(
            self.inputs,
            self.central if par is None else par,
            self.decay.process,
            events.values["q2"],
            events.flavour,
        )
        return distribution.at(events.angles)

    def rate(self, values: Array, share: float = 0.5) -> float:
        """The width in GeV at coefficients ``(n,)``, a fraction ``share`` of the decays being of a b.

        It is the same for a b̄ where there are no strong phases (no form ``rate_cp``).
        """
        forms = self.decay.module.forms(self.inputs, self.central, self.decay.process)
        with np.errstate(over="ignore", invalid="ignore"):
            odd = (2.0 * share - 1.0) * float(forms["rate_cp"](values)) if "rate_cp" in forms else 0.0
            return float(forms["rate"](values)) + odd

    def draws(self, count: int, seed: int) -> dict[str, Array]:
        """Parameters of which the form factors of the decay vary, each ``(draws,)``."""
        names = set(self.inputs.form_factor(self.decay.process.channel).names)
        parameters = self.inputs.parameters
        groups = dict.fromkeys(
            group for name, group in zip(parameters.names, parameters.groups, strict=True) if name in names
        )
        sampled = parameters.sample(count, seed, groups=tuple(groups))
        return {name: values if name in names else values[0] for name, values in sampled.items()}


@dataclass(frozen=True)
class FlatPhaseSpace:
    """Events that fill phase space evenly; the width is that of the Standard Model."""

    model: Model

    def __call__(self, events: Events) -> Array:
        """The density at events."""
        angles = {name: np.zeros_like(column) for name, column in events.angles.items()}
        flat = Shape(1.0 / (2.0 * 2.0 * 2.0 * np.pi))(angles)
        return self._scale * flat * self._volume(events.values["q2"]) * np.ones(len(events))

    @cached_property
    def _scale(self) -> float:
        model = self.model
        edges = model.decay.edges(model.inputs)
        nodes = sine_map(*edges, edges, NODES)
        standard = np.zeros(len(model.decay.process.basis))
        return model.rate(standard) / float(np.sum(nodes.weights * self._volume(nodes.q2)))

    def _volume(self, q2: Array) -> Array:
        r""":math:`\sqrt{\lambda(M^2,m^2,q^2)}\sqrt{\lambda(q^2,m_1^2,m_2^2)}/q^2`."""
        par, process = self.model.central, self.model.decay.process
        return root_kallen(par[process.parent], par[process.meson], q2) * _leptons(par, process, q2)


def _leptons(par: Mapping[str, float], process: object, q2: Array) -> Array:
    """The velocity of the lepton pair, 1 for neutrinos."""
    if lepton := getattr(process, "lepton", None):
        return 1.0 - par[f"m_{lepton}"] ** 2 / q2
    if pair := getattr(process, "leptons", None):
        return _velocity(par[f"m_{pair[0]}"], q2)
    return np.ones_like(q2)


def _velocity(mass: float, q2: Array) -> Array:
    """The velocity of two equal leptons."""
    return np.sqrt(np.maximum(1.0 - 4.0 * mass**2 / q2, 0.0))


Element = tuple[int, int, str]
"""Row, column (of 1 and the coefficients) and part, ``re`` or ``im``, of a product of a conjugated coefficient with
one."""


def elements(density: Density, kept: Sequence[int]) -> list[Element]:
    """The products of coefficients that the density at events may depend on, among the positions ``kept``."""
    real, imaginary = (
        sum(
            np.any(table, axis=0)
            for _, pattern in density.bilinears()
            for table in (_monomials(pattern, kept)[part],)
        )
        for part in (0, 1)
    )
    size = len(kept)
    return [
        (i, j, part)
        for i in range(size)
        for j in range(i, size)
        for part, table in (("re", real), ("im", imaginary))
        if table[i, j]
    ]


def columns_of(density: Density, kept: Sequence[int], where: Sequence[Element], count: int) -> Array:
    """What multiplies the products of ``where`` in the density, ``(events, len(where))``."""
    rows, columns = ([element[k] for element in where] for k in (0, 1))
    imaginary = np.array([part == "im" for *_, part in where])
    found = np.zeros((count, len(where)))
    for block, pattern in density.bilinears():
        re, im = _monomials(pattern, kept)
        found += block @ np.where(imaginary, im[:, rows, columns], re[:, rows, columns])
    return found


def _monomials(pattern: Array, kept: Sequence[int]) -> tuple[Array, Array]:
    r"""What multiplies Re and Im of :math:`c_i^*c_j`, :math:`i\le j`, from ``(t, 1 + n, 1 + n)``."""
    chosen = pattern[:, kept][:, :, kept]
    turned = np.swapaxes(chosen, 1, 2)
    off = np.triu(np.ones(chosen.shape[1:]), 1)
    diagonal = np.eye(chosen.shape[1])
    return chosen.real * diagonal + (chosen + turned).real * off, (turned - chosen).imag * off


def monomials(point: Array, where: Sequence[Element]) -> Array:
    """The products themselves, ``(len(where),)``, at ``(1, C)``."""
    products = [(np.conj(point[i]) * point[j], part) for i, j, part in where]
    return np.array([z.real if part == "re" else z.imag for z, part in products])


def element_name(element: Element, basis: Basis) -> str:
    """How a monomial is written, with ``conj`` for the complex conjugate."""
    i, j, part = element
    first, second = (("1", *basis.coefficients)[k] for k in (i, j))
    if i == 0 and j == 0:
        return "1"
    if i == j:
        return f"|{first}|^2"
    function = "Re" if part == "re" else "Im"
    return f"{function}({second})" if i == 0 else f"{function}(conj({first}) {second})"
