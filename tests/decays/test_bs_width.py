"""The width difference of the B_s: charm loops of the literature, the vacuum between the operators, b → sττ."""

import dataclasses
import math

import jax
import numpy as np
import pytest

import nutau
from nutau.decays import b_to_ll, bs_width, mixing
from nutau.eft.ckm import tree_ckm
from nutau.eft.qcd import at_scale_b
from nutau.eft.wet.basis import WET
from nutau.inputs import load_inputs

INPUTS = load_inputs("default")
PAR = INPUTS.parameters.mapping()
ROW = bs_width.PROCESSES[0]
TAUTAU = next(row for row in b_to_ll.PROCESSES if row.name == "Bs->tautau")


def difference(**coefficients):
    form = bs_width.forms(INPUTS, PAR, ROW)["difference"]
    given = np.array(
        [coefficients.get(name.removesuffix("_bstautau"), 0.0) for name in form.basis.coefficients]
    )
    return form(np.asarray(given, dtype=complex))


def point(**values):
    return nutau.Wilson.from_mapping(WET, 4.8, {f"{name}_bstautau": value for name, value in values.items()})


def test_left_handed_taus_are_charm_in_a_singlet():
    r"""Of :math:`\frac{G_F}{\sqrt2}\lambda(\bar cc)_{V-A}(\bar sb)_{V-A}`, leading order of hep-ph/9808385.

    :math:`\Gamma_{12}=-\frac{G_F^2m_b^2}{24\pi M}\lambda^2\sqrt{1-4z}[(1-z)\langle Q\rangle+(1+2z)\langle Q_S\rangle]`
    with :math:`\langle Q\rangle=\frac83f^2M^2B`, :math:`\langle Q_S\rangle=-\frac53f^2M^2\frac{M^2}{(m_b+m_s)^2}B_S`.
    """
    at = at_scale_b(PAR)
    size = 1e4  # the Standard Model's coefficients are lost beside it
    z = (PAR["m_tau"] / at.m_b_pole) ** 2
    elements = dict(zip(mixing.OPERATORS, mixing.matrix_elements(PAR, mixing.PROCESSES[0]), strict=True))
    q, q_s = (4.0 * 2.0 * PAR["m_Bs"] * elements[name] for name in ("CVLL", "CSLL"))
    # (4 G_F/√2) α/4π C P_L x V-A  =  (G_F/√2) x V-A x V-A times 2 α/4π C
    strength = PAR["GF"] * 2.0 * at.alpha_e / (4.0 * math.pi) * size * abs(tree_ckm(PAR).lambda_t())
    bracket = math.sqrt(1.0 - 4.0 * z) * ((1.0 - z) * q + (1.0 + 2.0 * z) * q_s)
    gamma = -(strength**2) * at.m_b_pole**2 / (24.0 * math.pi * PAR["m_Bs"]) * bracket
    assert difference(C9=size, C10=-size) == pytest.approx(-2.0 * gamma, rel=3e-3)


def test_the_vacuum_between_is_the_decay(monkeypatch):
    """With the vacuum alone between the operators, and a heavy b quark: Γ_L − Γ_H of B_s → ττ."""
    mass = PAR["m_Bs"]

    def heavy(par, **options):
        return dataclasses.replace(at_scale_b(par, **options), m_b=mass, m_b_pole=mass, m_s=0.0)

    size = mass * PAR["f_Bs"] ** 2 / 4.0
    vacuum = {"CVLL": size, "CVLR": -size, "CSLL": -size, "CSLR": size}
    monkeypatch.setattr(bs_width, "at_scale_b", heavy)
    monkeypatch.setattr(b_to_ll, "at_scale_b", heavy)
    monkeypatch.setattr(
        bs_width, "_elements", lambda par, one: {name: at * one for name, at in vacuum.items()}
    )
    found = bs_width.forms(INPUTS, PAR, ROW)["difference"]
    decay = b_to_ll.forms(INPUTS, PAR, TAUTAU)["cosine"]
    expected = (decay * -2.0).on(found.basis).matrix
    np.testing.assert_allclose(found.matrix, expected, rtol=1e-12, atol=1e-14 * np.max(np.abs(expected)))


def test_chiralities_are_alike():
    """Parity: what is quadratic in new physics is the same for the primed operators."""
    form = bs_width.forms(INPUTS, PAR, ROW)["difference"]
    names = form.basis.coefficients
    partner = [names.index(n.replace("p_", "_") if "p_" in n else n.replace("_", "p_", 1)) for n in names]
    n = len(names)
    turned = np.array([1 + i for i in partner] + [1 + n + i for i in partner])
    quadratic = form.matrix[1:, 1:]
    np.testing.assert_allclose(form.matrix[np.ix_(turned, turned)], quadratic, rtol=1e-12)
    assert np.max(np.abs(quadratic)) > 0


def test_what_is_predicted():
    name = "DeltaGamma_s/Gamma_s"
    assert nutau.values(name) == pytest.approx(0.092 * 1.515, rel=1e-6)
    left = point(C9=250.0, C10=-250.0)
    assert 0.93 < nutau.values(f"{name}/SM", left)[0] < 0.99
    slope = jax.grad(lambda c: nutau.values(name, point(C9=c))[0])(100.0)
    assert np.isfinite(slope)
