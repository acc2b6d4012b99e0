"""b → s with two neutrinos, vectors, scalars and tensors, against EOS with its own inputs: form factors, masses, CKM.

    python validation/compare_invisible.py [--points N]

Needs the extra 'validation'. EOS's numbers go into nutau's formulas, at random complex coefficients and random q². The
strange mass is zero in both, as EOS runs it with another program. Prints the largest relative deviations of dBR/dq², of
the general pair of fermions and of the fifteen coefficients of two neutrinos.
"""

import argparse

import eos
import numpy as np

from nutau.decays import b_to_snunu
from nutau.decays.invisible import fermions, states
from nutau.decays.invisible.hadrons import CURRENTS

SEED = 20260711
DECAYS = {
    "B->K": (
        "B->Knunu::dBR/dq2;form-factors=BSZ2015,model=WET,D=s,q=u,I=1/2", "P", "B_u", "K_u",
        ("f_+", "f_0", "f_T"),
    ),
    "B->K^*": (
        "B->K^*nunu::dBR/dq2;form-factors=BSZ2015,model=WET,D=s,q=u,I=1/2", "V", "B_u", "K_u^*",
        ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"),
    ),
    "B_s->phi": (
        "B_s->phinunu::dBR/dq2;form-factors=BSZ2015,model=WET,D=s,q=s,I=0", "V", "B_s", "phi",
        ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"),
    ),
}  # fmt: skip
COEFFICIENTS = ("cVL", "cVR", "cSL", "cSR", "cTL")


def point(parameters, rng):
    """Random complex coefficients, set in EOS."""
    values = 3.0 * (rng.normal(size=5) + 1j * rng.normal(size=5))
    for name, value in zip(COEFFICIENTS, values, strict=True):
        parameters.set(f"sbnunu::Re{{{name}}}", value.real)
        parameters.set(f"sbnunu::Im{{{name}}}", value.imag)
    return values


def eos_number(name, parameters, q2):
    """An observable of EOS at ``q2``."""
    return eos.Observable.make(name, parameters, eos.Kinematics(q2=q2), eos.Options()).evaluate()


def ours(channel, parameters, c, q2):
    """Both of nutau's formulas with EOS's numbers."""
    _, kind, heavy, light, names = DECAYS[channel]
    par = {name: parameters[name].evaluate() for name in ("WET::G_Fermi", "QED::alpha_e(m_b)", "QM::hbar")}
    masses = parameters[f"mass::{heavy}"].evaluate(), parameters[f"mass::{light}"].evaluate()
    ckm = parameters["CKM::abs(V_tb)"].evaluate() * parameters["CKM::abs(V_ts)"].evaluate()
    at = np.array([q2])
    ff = {
        n.replace("_", ""): np.array([eos_number(f"{channel}::{n}(q2);form-factors=BSZ2015", parameters, q2)])
        for n in names
    }
    quarks = parameters["mass::b(MSbar)"].evaluate(), 0.0
    strength = 4 / np.sqrt(2) * par["WET::G_Fermi"] * ckm * par["QED::alpha_e(m_b)"] / (4 * np.pi)
    lifetime = parameters[f"life_time::{heavy}"].evaluate() / par["QM::hbar"]

    momentum = np.sqrt((masses[0] ** 2 - masses[1] ** 2 - q2) ** 2 - 4 * masses[1] ** 2 * q2)
    factor = np.array([momentum / (32 * np.pi**2 * masses[0] ** 3)])
    hadron = CURRENTS[kind](*masses, ff, at)
    pair = states.kinematics(fermions.Dirac(0.0), at)
    names = {name: {f"C{name}_bschichi": 1.0} for name in fermions.OPERATORS}
    terms = fermions.pair_terms(hadron, pair, quarks, factor, names, fermions.DIRAC)
    form = fermions.states.assembly.density({"rate": terms["rate"]}, fermions.DIRAC)["rate"]
    vl, vr, sl, sr, t = strength * c
    vectors = 0.5 * np.array([vl + vr, -(vl + vr), vr - vl, vl - vr, 0, 0, 0, 0, 0, 0])
    scalars = 0.5 * np.array([0, 0, 0, 0, sl + sr, -(sl + sr), sr - sl, sl - sr, 2 * t, -2 * t])
    general = 3 * (
        form(vectors)[0] + 2 * form(scalars)[0]
    )  # three flavours; two neutrinos of a kind count twice

    scalar, pseudo, along, across = b_to_snunu.beyond(quarks, kind, masses, ff, at)
    more = b_to_snunu.Beyond(scalar, pseudo, along + across)
    named = b_to_snunu.form(np.zeros(1), 0.0 * scalar, None, more)
    values = np.zeros(len(b_to_snunu.BASIS), dtype=complex)
    for coefficient, operator in zip(c[2:], ("CSL", "CSR", "CT"), strict=True):
        for i, name in enumerate(b_to_snunu.BASIS.coefficients):
            equal = name.endswith(("nuenue", "numunumu", "nutaunutau"))
            if name.startswith(f"{operator}_") and (equal or operator == "CT"):
                values[i] = coefficient * (np.sqrt(2) if operator == "CT" else 1.0)
    return np.array([general, 3 * form(vectors)[0] + strength**2 * named(values)[0]]) * lifetime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=30)
    options = parser.parse_args()
    parameters, rng = eos.Parameters(), np.random.default_rng(SEED)
    parameters.set("sbnunu::mu", parameters["mass::b(MSbar)"].evaluate())
    parameters.set("mass::s(2GeV)", 1e-12)
    print(f"EOS {eos.__version__}, {options.points} points; pair of fermions, two neutrinos")
    for channel, (name, *_) in DECAYS.items():
        worst = np.zeros(2)
        for _ in range(options.points):
            c, q2 = point(parameters, rng), rng.uniform(0.1, 18.0)
            theirs = eos_number(name, parameters, q2)
            worst = np.maximum(worst, np.abs(ours(channel, parameters, c, q2) / theirs - 1.0))
        print(f"{channel:10s} {worst[0]:.1e} {worst[1]:.1e}")


if __name__ == "__main__":
    main()
