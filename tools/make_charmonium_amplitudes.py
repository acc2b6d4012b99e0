r"""Write src/nutau/data/parameters/charmonium_amplitudes.yaml from ``charmonium_amplitudes.yaml``: python tools/make_…

Residues in :math:`q^2` of the charm loops :math:`\mathcal H_\lambda` at J/ψ and ψ(2S) (GeV²). With
:math:`A_\lambda=\frac{m_B^2}{f_\psi m_\psi}\mathrm{Res}\,\mathcal H_\lambda`,

.. math:: B(B\to V\psi)=\frac{\tau|G_FV_{cb}V_{cs}|^2\sqrt\lambda}{2\pi m_B}
    \Big[|A_\perp|^2+|A_\parallel|^2+\tfrac{m_B^2}{m_\psi^2}|A_0|^2\Big],\quad
    B(B\to K\psi)=\frac{\tau|G_FV_{cb}V_{cs}|^2m_B\lambda^{3/2}}{2\pi f_\psi^2m_\psi^4}|\mathrm{Res}\,\mathcal H_+|^2,

as in EOS 1.0.21 (b-to-kstar-charmonium.cc, b-to-k-charmonium.cc), whose phases are those of :math:`-A_\lambda/A_0`.
Both charges of a decay are averaged. The phase common to the polarisations is not known: the residues are written
with a mean of zero and half the measured second moments for real and imaginary part each, which is what a phase
without preference has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nutau.eft.ckm import tree_ckm
from nutau.inputs import load_inputs

HERE = Path(__file__).parent
OUT = HERE.parent / "src/nutau/data/parameters/charmonium_amplitudes.yaml"
DRAWS = 200_000
LIGHT = {
    "B->K": {"m_B+": "m_K+", "m_B0": "m_K0"},
    "B->K*": {"m_B+": "m_K*+", "m_B0": "m_K*0"},
    "Bs->phi": {"m_Bs": "m_phi"},
}
NAMES = {"Jpsi": "J/psi", "psi2S": "psi(2S)"}
DESCRIPTION = (
    "Charm loops of b -> s l l by analyticity (the input set dispersive): the residues of their poles at J/psi and "
    "psi(2S), mean zero for want of their phase and second moments as measured, and what is not known of the loops at "
    "negative q2. Written by tools/make_charmonium_amplitudes.py."
)


def drawn(rng: np.random.Generator, entry: list[Any]) -> np.ndarray:
    """Normal draws of a number with its error."""
    return entry[0] + entry[1] * rng.normal(size=DRAWS)


def total(
    par: Any, channel: str, mass: float, constant: np.ndarray, rates: dict[str, Any], rng: Any
) -> np.ndarray:
    """Draws of the squared residue that the rate gives, of all polarisations; both charges averaged."""
    means, weights = [], []
    ckm = tree_ckm(par)
    mixing = abs(complex(ckm.cb * np.conj(ckm.cs)))
    for parent, entry in rates.items():
        heavy, light = par[parent], par[LIGHT[channel][parent]]
        kallen = (heavy**2 - (light + mass) ** 2) * (heavy**2 - (light - mass) ** 2)
        front = par[parent.replace("m_", "tau_")] * (par["GF"] * mixing) ** 2 / (2 * np.pi)
        if channel == "B->K":
            unit = front * heavy * kallen**1.5 / (constant**2 * mass**4)
        else:
            unit = front * kallen**0.5 / heavy * (heavy**2 / (constant * mass)) ** 2
        means.append(drawn(rng, entry) / unit)
        weights.append(1.0 / (entry[1] * np.mean(means[-1]) / entry[0]) ** 2)
    return np.average(means, axis=0, weights=weights)


def residues(par: Any, given: Any, channel: str, psi: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draws of the residues, complex, that of long (or plus) positive."""
    mass = given["masses"]["values"][psi][0]
    constant = drawn(rng, given["decay_constants"]["values"][psi])
    squared = total(par, channel, mass, constant, given["branching_ratios"]["values"][channel][psi], rng)
    if channel == "B->K":
        return {"plus": np.sqrt(np.clip(squared, 0, None)).astype(complex)}
    found = given["polarisations"][channel][psi]
    heavy = np.mean([par[parent] for parent in LIGHT[channel]])
    fractions = {kind: drawn(rng, found[kind]) for kind in ("perp", "para", "long") if kind in found}
    (last,) = {"perp", "para", "long"} - set(fractions)
    fractions[last] = 1.0 - sum(fractions.values())
    sizes = {kind: np.sqrt(np.clip(part * squared, 0, None)) for kind, part in fractions.items()}
    phases = {kind: drawn(rng, found[f"phase {kind}"]) for kind in ("perp", "para")}
    made = {kind: -sizes[kind] * np.exp(1j * phases[kind]) for kind in phases}
    return made | {"long": (sizes["long"] * mass / heavy).astype(complex)}


def main() -> None:
    """All channels and both charmonia."""
    given = yaml.safe_load((HERE / "charmonium_amplitudes.yaml").read_text())
    par, rng = load_inputs("default").parameters.mapping(), np.random.default_rng(1)
    parameters, correlations = dict(given["fixed"]), []
    for channel in LIGHT:
        for psi in NAMES:
            made = residues(par, given, channel, psi, rng)
            kinds, values = list(made), np.array(list(made.values()))
            second = values @ np.conj(values.T) / DRAWS
            whole = 0.5 * np.block([[second.real, -second.imag], [second.imag, second.real]])
            error = np.sqrt(np.diag(whole))
            names = [f"{channel} {psi} residue {kind} {part}" for part in ("Re", "Im") for kind in kinds]
            source = given["polarisations"].get(channel, {}).get(psi, {}).get("source", "PDG:2026")
            for name, size in zip(names, error, strict=True):
                part = "real" if name.endswith("Re") else "imaginary"
                parameters[name] = {
                    **{"value": 0.0, "uncertainty": float(f"{size:.4g}"), "unit": "GeV^2", "source": source},
                    "location": "with branching ratios of PDG:2026, tools/charmonium_amplitudes.yaml",
                    "via": "EOS 1.0.21",
                    "description": f"{part} part of the residue of charm loops at the {NAMES[psi]}",
                    "group": "long distance",
                }
            matrix = (whole / np.outer(error, error)).round(5)
            rows = [[1.0 if i == j else float(row[j]) for j in range(i + 1)] for i, row in enumerate(matrix)]
            correlations.append({"parameters": names, "matrix": rows})
    OUT.write_text(_text(parameters, correlations))


def _text(parameters: dict[str, Any], correlations: list[Any]) -> str:
    """YAML with a line a parameter and a correlation."""

    def line(value: Any) -> str:
        return yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False).strip()

    lines = [f"description: {line(DESCRIPTION).removesuffix('...').strip()}", "parameters:"]
    lines += [f"  {name}: {line(entry)}" for name, entry in parameters.items()]
    lines += ["correlations:", *(f"  - {line(entry)}" for entry in correlations)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
