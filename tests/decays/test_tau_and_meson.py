"""D_s → τν, D → τν, τ → Kν, πν: equal to flavio, the closed form of scalars, the neutrinos."""

import jax
import numpy as np
import pytest

from nutau.decays import charged
from nutau.decays import tau_and_meson as decay
from nutau.eft import qcd
from nutau.inputs import load_inputs

INPUTS = load_inputs("flavio-2.7")
PAR = INPUTS.parameters.mapping()
PROCESSES = {process.name: process for process in decay.PROCESSES}


def branching(process, **coefficients):
    form = decay.forms(INPUTS, PAR, process)["rate"] * PAR[process.lifetime]
    c = np.zeros(len(process.basis), dtype=complex)
    for name, value in coefficients.items():
        c[process.basis.index(name)] = value
    return float(form(c))


# flavio 2.7.1: the Standard Model, and with 0.1 for ν_τ and 0.3 for ν_μ of CVL, CVR (at 4.8 GeV)
FLAVIO = {
    "Ds->taunu": (0.053234406452058854, 0.06433666807536707, 0.05796272091737105, 0.04319470327364479),
    "D+->taunu": (0.001085919351693032, 0.0013123924458406425, 0.0011823714119483977, 0.0008811212015246416),
    "tau->Knu": (0.007091338449134327, 0.008570375932277219, 0.0077212841500580815, 0.005754059797549505),
    "tau->pinu": (0.10847537718111404, 0.13110004105800413, 0.11811158309646805, 0.08801918161698559),
}


@pytest.mark.parametrize("name", FLAVIO)
def test_equal_to_flavio(name):
    process = PROCESSES[name]
    vl, vr = (
        next(n for n in process.basis.coefficients if n.startswith(v) and n.endswith("nutau"))
        for v in ("CVL", "CVR")
    )
    muon = vl.removesuffix("tau") + "mu"
    ours = [branching(process), *(branching(process, **c) for c in ({vl: 0.1}, {muon: 0.3}, {vr: 0.1}))]
    assert ours == pytest.approx(FLAVIO[name], rel=4e-4)


# flavio 2.7.1 with CSL and CSR = 0.1 (at 4.8 GeV); its quark masses run at another order
SCALARS = {
    "tau->Knu": (0.004907210079769643, 0.009676398744777687),
    "tau->pinu": (0.07186517804555197, 0.15259585142323315),
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalars_are_flavios(name):
    process = PROCESSES[name]
    names = [
        next(n for n in process.basis.coefficients if n.startswith(s) and n.endswith("nutau"))
        for s in ("CSL", "CSR")
    ]
    assert [branching(process, **{n: 0.1}) for n in names] == pytest.approx(SCALARS[name], rel=2e-2)


def test_scalars_of_charm_have_the_masses_of_their_quarks():
    """M²/m_τ(m_c + m_s); flavio 2.7.1 divides by m_b + m_c."""
    process = PROCESSES["Ds->taunu"]
    m_c, m_s = charged.quark_masses(PAR)[1], qcd.strange_mass(PAR["m_s"], PAR["alpha_s"])
    ratio = PAR["m_Ds"] ** 2 / (PAR["m_tau"] * (m_c + m_s))
    c_sm = charged.sm_coefficient(PAR)
    found = branching(process, CSR_sctaunutau=0.02) / branching(process)
    assert found == pytest.approx((1.0 + 0.02 * ratio / c_sm) ** 2, rel=1e-9)
    assert 2.0 < ratio < 2.5


@pytest.mark.parametrize("process", decay.PROCESSES, ids=lambda process: process.name)
def test_the_other_neutrinos_add_to_the_rate(process):
    for name in process.basis.coefficients:
        assert (branching(process, **{name: 1e-3j}) > branching(process)) is True
        linear = branching(process, **{name: 1e-6}) - branching(process, **{name: -1e-6})
        assert (abs(linear) > 1e-9 * branching(process)) == name.endswith("nutau")


def test_draws_and_gradient():
    draws = INPUTS.parameters.sample(20, seed=1)
    assert decay.forms(INPUTS, draws, PROCESSES["tau->Knu"])["rate"].matrix.shape == (20, 13, 13)
    slope = jax.grad(lambda v: decay.forms(INPUTS, {**PAR, "Vus": v}, PROCESSES["tau->Knu"])["rate"].sm)(
        0.2248
    )
    assert slope == pytest.approx(
        2.0 * float(decay.forms(INPUTS, PAR, PROCESSES["tau->Knu"])["rate"].sm) / 0.2248, rel=1e-3
    )
