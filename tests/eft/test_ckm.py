"""The CKM matrix: unitarity, the angle it was made from, CP conjugation, flavio's numbers."""

import jax
import numpy as np
import pytest

from nutau.eft.ckm import tree_ckm

PAR = {"Vus": 0.2248, "Vub": 0.00364, "Vcb": 0.04197, "gamma": 1.15}


def matrix(ckm):
    names = (("ud", "us", "ub"), ("cd", "cs", "cb"), ("td", "ts", "tb"))
    return np.array([[getattr(ckm, name) for name in row] for row in names])


def test_the_matrix_is_unitary_for_any_input():
    rng = np.random.default_rng(1)
    par = {name: value * rng.uniform(0.5, 1.5, 20) for name, value in PAR.items()}
    v = np.moveaxis(matrix(tree_ckm(par)), -1, 0)
    np.testing.assert_allclose(
        v @ np.conj(np.swapaxes(v, 1, 2)), np.broadcast_to(np.eye(3), v.shape), atol=1e-15
    )


def test_inputs_come_back():
    ckm = tree_ckm(PAR)
    assert abs(ckm.us) == pytest.approx(PAR["Vus"], rel=1e-14)
    assert abs(ckm.ub) == pytest.approx(PAR["Vub"], rel=1e-14)
    assert abs(ckm.cb) == pytest.approx(PAR["Vcb"], rel=1e-14)
    gamma = np.angle(-ckm.ud * np.conj(ckm.ub) / (ckm.cd * np.conj(ckm.cb)))
    assert gamma == pytest.approx(PAR["gamma"], rel=1e-13)


def test_obtuse_gamma_stays_on_its_branch():
    ckm = tree_ckm({**PAR, "gamma": 2.0})
    assert np.angle(-ckm.ud * np.conj(ckm.ub) / (ckm.cd * np.conj(ckm.cb))) == pytest.approx(2.0, rel=1e-13)


def test_lambda_t_is_flavios():
    # flavio 2.7.1 (ckmutil), all digits
    ckm = tree_ckm(PAR)
    assert ckm.lambda_t() == pytest.approx(-0.04119293936908705 + 0.0007457752431333194j, rel=1e-14)
    assert ckm.lambda_u() == pytest.approx(0.0003338019380466186 - 0.0007470912475329379j, rel=1e-14)


def test_conjugation():
    np.testing.assert_allclose(
        matrix(tree_ckm(PAR, conjugate=True)), np.conj(matrix(tree_ckm(PAR))), rtol=1e-15
    )
    # ckmutil's delta(-gamma) = -(gamma - asin): differs by twice the shift, 2 k sin(gamma) = 1.2e-3
    quirk = tree_ckm(PAR, conjugate=True, even_phase=True)
    turn = np.angle(quirk.ub / np.conj(tree_ckm(PAR).ub))
    assert turn == pytest.approx(-2 * np.arcsin(0.00364 * 0.042 / 0.2307 * np.sin(1.15)), rel=2e-3)


def test_gradient_is_finite_where_gamma_vanishes():
    gradient = jax.grad(lambda gamma: tree_ckm({**PAR, "gamma": gamma}).lambda_t().imag)(0.0)
    assert np.isfinite(gradient)
