"""Running couplings and masses against RunDec (as flavio 2.7.1 calls it), and the laws of running."""

import jax
import numpy as np
import pytest

from nutau.eft import qcd
from nutau.inputs import load_inputs

PAR = {"alpha_s": 0.1184, "alpha_e": 0.00781549, "m_b": 4.195, "m_c": 1.273, "m_s": 0.09247}
SHIFTED = {"alpha_s": 0.12, "alpha_e": 0.00781549, "m_b": 4.25, "m_c": 1.31, "m_s": 0.095}
# RunDec integrates the beta function numerically to 2e-9
RUNDEC = 1e-8


def test_running_there_and_back():
    down = qcd.evolve(0.1184, 91.1876, 4.8, 5)
    assert qcd.evolve(down, 4.8, 91.1876, 5) == pytest.approx(0.1184, rel=1e-14)


def test_running_in_two_steps():
    direct = qcd.evolve(0.2168, 4.8, 1.3, 4)
    assert qcd.evolve(qcd.evolve(0.2168, 4.8, 2.5, 4), 2.5, 1.3, 4) == pytest.approx(direct, rel=1e-13)


@pytest.mark.parametrize(
    ("par", "expected"),
    [
        (PAR, (0.21679944756894395, 0.22561246173674307, 0.389494308563579, 0.2959540622686802)),
        (SHIFTED, (0.2224655638950354, 0.2308434376953026, 0.402450576465125, 0.3069577401200106)),
    ],
)
def test_alpha_s_is_rundecs(par, expected):
    a = par["alpha_s"]
    ours = (
        qcd.alpha_s(a, 4.8, 5),
        qcd.alpha_s(a, par["m_b"], 5),
        qcd.alpha_s(a, par["m_c"], 4),
        qcd.alpha_s(a, 2.0, 3),
    )
    assert ours == pytest.approx(expected, rel=RUNDEC)


@pytest.mark.parametrize(
    ("par", "expected"),
    [
        (
            PAR,
            (
                4.094053707418375,
                0.9003120056002204,
                0.07590734961623889,
                4.797412100434401,
                1.683648130387999,
            ),
        ),
        (
            SHIFTED,
            (
                4.154674618320379,
                0.9206704052541945,
                0.07731160918897642,
                4.879285052619898,
                1.7555984814370966,
            ),
        ),
    ],
)
def test_masses_are_rundecs(par, expected):
    at = qcd.at_scale_b(par, pole_threshold=True)
    assert (at.m_b, at.m_c, at.m_s, at.m_b_pole, at.m_c_pole) == pytest.approx(expected, rel=RUNDEC)


def test_alpha_e_is_flavios():
    assert qcd.alpha_e(0.00781549, 4.8) == pytest.approx(0.007569084895987922, rel=1e-14)


def test_pole_masses_do_not_jump_by_default():
    def jump(threshold):
        pars = ({**PAR, "m_c": m_c} for m_c in (1.275001, 1.274999))
        above, below = (qcd.at_scale_b(par, pole_threshold=threshold).m_c_pole for par in pars)
        return above / below - 1

    assert jump(False) == pytest.approx(2.2e-6, abs=1e-6)  # the change of the mass itself
    assert jump(True) == pytest.approx(1.1e-3, rel=0.2)


def test_draws_and_gradient():
    draws = {name: np.array([PAR[name], SHIFTED[name]]) for name in PAR}
    at = qcd.at_scale_b(draws)
    for k, par in enumerate((PAR, SHIFTED)):
        one = qcd.at_scale_b(par)
        assert [at.m_b[k], at.m_c[k], at.m_s[k]] == pytest.approx([one.m_b, one.m_c, one.m_s], rel=1e-15)
    slope = jax.grad(lambda a: qcd.strange_mass(0.09247, a))(0.1184)
    numeric = (qcd.strange_mass(0.09247, 0.11841) - qcd.strange_mass(0.09247, 0.11839)) / 2e-5
    assert slope == pytest.approx(numeric, rel=1e-6)


def test_mass_of_the_top():
    parameters = load_inputs("flavio-2.7").parameters.mapping()
    # RunDec's mOS2mSI, as flavio has it: 162.856 GeV; our alpha_s has five flavours there
    assert qcd.top_mass(parameters["m_t"], parameters["alpha_s"]) == pytest.approx(162.856, abs=0.03)
