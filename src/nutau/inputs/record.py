"""The records of an input set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, TypeAlias

from nutau.common.tables import html_table
from nutau.errors import InputError, unknown
from nutau.inputs.form_factors import FormFactors
from nutau.inputs.parameters import Parameters


@dataclass(frozen=True)
class Compat:
    """Quirks of flavio 2.7 to reproduce; all off unless an input set says otherwise.

    tensor_sqrt2: the B → P amplitude of the second tensor lacks its √2.
    ckm_conjugate: the CP-conjugate CKM matrix has δ = -(γ - asin(k sin γ)).
    delta_c9_phase: the δC9 nuisances enter the CP-conjugate amplitude with the unconjugated ξ_t.
    delta_c9_from_14: the δC9 nuisances of taus act above 14 GeV² only, not in their whole range.
    mc_pole_threshold: the pole masses take α_s with one flavour less below m_c = 1.275 and m_b = 4.18 GeV.
    linear_loop_tables: the two-loop functions are interpolated linearly, not by splines.
    massless_strange: the scalar operators of B → P ℓℓ and B → V ℓℓ lack m_b/(m_b ∓ m_s) (m_s = 0).
    running_photon: the photon of B → Vγ couples with α_e at 4.8 GeV, not with that of a real photon.
    moment_by_mass: the inverse moment of the B meson's light-cone amplitude is 3/2 over m_B - m_b, the pole mass.
    chiral_loop_once: the part of C5 of the b loop in spectator scattering (Eq. (23) of hep-ph/0106067) lacks its 4.
    xsll_corrections: what flavio leaves out of B → X_sℓℓ (:mod:`nutau.decays.b_to_xsll`).
    no_spectator_in_b_to_p: spectator scattering and weak annihilation are left out of B → P ℓℓ.
    """

    tensor_sqrt2: bool = False
    ckm_conjugate: bool = False
    delta_c9_phase: bool = False
    delta_c9_from_14: bool = False
    mc_pole_threshold: bool = False
    linear_loop_tables: bool = False
    massless_strange: bool = False
    running_photon: bool = False
    moment_by_mass: bool = False
    chiral_loop_once: bool = False
    xsll_corrections: bool = False
    no_spectator_in_b_to_p: bool = False

    @classmethod
    def flags(cls) -> tuple[str, ...]:
        """The names of all flags."""
        return tuple(item.name for item in fields(cls))

    @classmethod
    def of(cls, given: str | Iterable[str] | Mapping[str, bool], where: str = "") -> Compat:
        """From ``"all"``, ``"none"``, the names of flags to set, or a mapping to true and false."""
        if given == "none":
            return cls()
        if given == "all":
            return cls(**dict.fromkeys(cls.flags(), True))
        if isinstance(given, str):
            raise unknown("compatibility setting", given, ("all", "none", *cls.flags()), where)
        settings = dict(given) if isinstance(given, Mapping) else dict.fromkeys(given, True)
        for name in settings:
            if name not in cls.flags():
                raise unknown("compatibility flag", name, cls.flags(), where)
        return cls(**settings)


LONG_DISTANCE = ("polynomial", "dispersive")
"""How charm loops below the charmonia enter b → sℓℓ of light leptons: computed, with a polynomial of nuisances beside
them, or by analyticity (:mod:`nutau.decays.dispersive`)."""


@dataclass(frozen=True)
class Inputs:
    """Everything a prediction takes from data.

    ``form_factors`` holds one determination per channel; its coefficients are among ``parameters``. ``doubts`` says by
    channel what is against a determination that the user chose: superseded, not verified. ``long_distance`` is one of
    :data:`LONG_DISTANCE`.

    >>> import nutau
    >>> nutau.load_inputs("default").form_factors["B->K"].parametrisation
    'bsz'
    """

    name: str
    description: str
    parameters: Parameters
    form_factors: Mapping[str, FormFactors]
    compat: Compat
    doubts: Mapping[str, str] = field(default_factory=dict)
    long_distance: str = LONG_DISTANCE[0]

    def balanced(self) -> Inputs:
        """The same with balanced draws (:mod:`nutau.inputs.deviates`): fewer of them say as much.

        >>> import nutau
        >>> draws = nutau.load_inputs().balanced().parameters.sample(1000, seed=1)["Vcb"]
        >>> round(float(draws.std(ddof=1)) / nutau.load_inputs().parameters.uncertainty("Vcb"), 9)
        1.0
        """
        return replace(self, parameters=replace(self.parameters, balanced=True))

    def __repr__(self) -> str:
        """Its name and what it holds, in one line."""
        return f"Inputs({self.name}: {len(self.parameters)} parameters, form factors of {', '.join(self.form_factors)})"

    def _repr_html_(self) -> str:
        rows = [(channel, found.name) for channel, found in self.form_factors.items()]
        return html_table(("channel", "form factors"), rows, f"{self.name}: {self.description}")

    def form_factor(self, channel: str) -> FormFactors:
        """The determination of a channel; :class:`InputError` if the set has none."""
        try:
            return self.form_factors[channel]
        except KeyError:
            known = ", ".join(self.form_factors) or "none"
            raise InputError(
                f"Input set {self.name} has no form factors for {channel} (it has: {known}). "
                f"Choose one with load_inputs(..., form_factors={{'{channel}': NAME}})."
            ) from None

    def warnings(self, channels: Iterable[str]) -> tuple[str, ...]:
        """What is against the form factors of these channels that the user chose, one line a channel."""
        return tuple(self.doubts[channel] for channel in dict.fromkeys(channels) if channel in self.doubts)

    @property
    def choices(self) -> dict[str, str]:
        """The name of the form-factor determination by channel."""
        return {channel: record.name for channel, record in self.form_factors.items()}


InputSet: TypeAlias = Annotated[
    str | Path | Inputs, "an input set (its name, a YAML file or what nutau.load_inputs gives)"
]
"""How functions take an input set."""
