"""The expansion of Boyd, Grinstein and Lebed: closed forms of the papers, EOS's numbers, bound states, bounds."""

import math

import numpy as np
import pytest

from nutau.common.yaml_files import folder
from nutau.errors import InputError
from nutau.inputs import load_inputs
from nutau.inputs.files import FORM_FACTORS
from nutau.inputs.form_factors import FormFactors, bgl, zexpansion
from nutau.inputs.form_factors.conformal import conformal

MASSES = {"heavy": 5.27966, "light": 2.01026}
STATES = {"1-": (6.329, 6.910, 7.020), "1+": (6.739, 6.750, 7.145, 7.150), "0-": (6.275, 6.871, 7.250)} | {
    "0+": (6.704, 7.122)
}
CHI = {"1-": 5.131e-4, "1+": 3.894e-4, "0-": 1.9421e-2, "0+": 6.204e-3}
CHI |= {"1-T": 0.0004897959183673469, "1+T": 0.0002715419501133787}


def series(channel, n_isospin=2.6):
    """A record with four coefficients, ``0`` to ``3``, the same for all form factors."""
    names = FORM_FACTORS[channel]
    poles = {name: STATES[bgl.OUTER[name].current.rstrip("T")] for name in names}
    constants = {"n_I": n_isospin} | {f"chi {current}": value for current, value in CHI.items()}
    rows = {name: tuple("0123") for name in names}
    pair = ("heavy", "light")
    return FormFactors(channel, "test", "bgl", (), pair, pair, poles, 4, rows, constants)


def closed(shape, norm, current, masses, q2):
    """phi in the variables of 1606.08030, Eq. (8)-(9), and 1707.09509, Eq. (2.12): r and z with t0 = t_-."""
    heavy, light = masses["heavy"], masses["light"]
    r, z = light / heavy, conformal(q2, (heavy + light) ** 2, (heavy - light) ** 2)
    bracket = (1 + r) * (1 - z) + 2 * math.sqrt(r) * (1 + z)
    a, b, c = shape
    return norm * np.sqrt(2.6 / math.pi / CHI[current]) * (1 + z) ** a * (1 - z) ** (b / 2) / bracket**c


@pytest.mark.parametrize(
    ("name", "shape", "norm", "current", "factor"),
    [
        ("f+", (2, 1, 5), lambda M, r: 8 * r**2 / M * math.sqrt(8 / 3), "1-", lambda M, m: 1.0),
        ("f0", (1, 3, 4), lambda M, r: r * (1 - r**2) * math.sqrt(8), "0+", lambda M, m: 1.0),
        ("V", (2, -1, 4), lambda M, r: 16 * r**2 / math.sqrt(3), "1-", lambda M, m: (M + m) / 2),
        ("A1", (1, 3, 4), lambda M, r: 4 * r / M**2 / math.sqrt(3), "1+", lambda M, m: 1 / (M + m)),
        ("A12", (1, 5, 5), lambda M, r: 4 * r / M**3 / math.sqrt(6), "1+", lambda M, m: 1 / (8 * M * m)),
        ("A0", (2, -1, 4), lambda M, r: 8 * math.sqrt(2) * r**2, "0-", lambda M, m: 0.5),
    ],
)
def test_outer_functions_are_the_closed_forms(name, shape, norm, current, factor):
    """The bound states are divided out."""
    channel = "B->D" if name in FORM_FACTORS["B->D"] else "B->D*"
    record, q2 = series(channel), np.array([-3.0, 0.0, 5.0, 10.0])
    heavy, light = MASSES.values()
    z = lambda t: conformal(t, (heavy + light) ** 2, (heavy - light) ** 2)  # noqa: E731
    states = np.prod([(z(q2) - z(m**2)) / (1 - z(q2) * z(m**2)) for m in record.poles[name]], axis=0)
    expected = factor(heavy, light) / closed(shape, norm(heavy, light / heavy), current, MASSES, q2)
    found = bgl.fronts(record, MASSES, q2)[name] * states
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# EOS 1.0.21, parametric-bgl1997_TEST.cc, at q² = -2, 1, 4 GeV² with t0 = 5.6417164 and 6.1848725 GeV²; six digits
EOS = {
    "V": ([0.0120945, 0.0131032, 0.0143205], 0.1e-2),  # g
    "A1": ([0.598215, 0.620714, 0.647914], 0.1e-2),  # f
    "A12": ([3.3597400, 3.1657300, 2.9555500], 2.1225e-4),  # F1
    "A0": ([0.2546860, 0.2803997, 0.3115880], 5.8478e-3),  # F2
    "T1": ([0.0869380, 0.0928776, 0.1000316], 0.1e-2),
    "T2": ([0.0935896, 0.0893296, 0.0847745], 2.4837e-4),
    "T23": ([0.0802478, 0.0820204, 0.0842156], 6.3477e-4),
}
EOS_FACTOR = {
    "V": lambda M, m: (M + m) / 2,
    "A1": lambda M, m: 1 / (M + m),
    "A12": lambda M, m: 1 / (8 * M * m),
}
EOS_FACTOR |= {"A0": lambda M, m: 0.5}


@pytest.mark.parametrize("name", [name for name in EOS if name != "A1"])
def test_form_factors_are_those_of_eos(name):
    """Relative to A1, where EOS's other t0 drops out once each series is divided by."""
    masses = {"heavy": 5.279, "light": 2.0103}
    q2, record = np.array([-2.0, 1.0, 4.0]), series("B->D*", n_isospin=1.0)
    heavy, light = masses.values()
    z = conformal(q2, (heavy + light) ** 2, 5.6417164)

    def front(name):
        values, lowest = EOS[name]
        factor = EOS_FACTOR.get(name, lambda M, m: 1.0)(heavy, light)
        return factor * np.array(values) / (lowest + 0.2e-2 * z + 0.3e-2 * z**2 + 0.4e-2 * z**3)

    expected = front(name) / front("A1")
    found = bgl.fronts(record, masses, q2)[name] / bgl.fronts(record, masses, q2)["A1"]
    np.testing.assert_allclose(found, expected, rtol=5e-5)


def test_tensor_of_b_to_d_is_that_of_eos():
    """fT/f+ and f0/f+ of the same file, where series of equal coefficients cancel; with EOS's masses."""
    masses = {"heavy": 5.279, "light": 1.867}
    q2, record = np.array([-2.0, 1.0, 4.0]), series("B->D")
    found = bgl.fronts(record, masses, q2)["fT"] / bgl.fronts(record, masses, q2)["f+"]
    eos = np.array([0.041750, 0.044758, 0.048361]) / np.array([0.0862919, 0.0911714, 0.0970192])
    np.testing.assert_allclose(found, eos, rtol=5e-5)


def test_residues_stand_at_the_bound_states():
    """F has a pole at each mass, and only there."""
    record = series("B->D*")
    for mass in record.poles["V"]:
        near = mass**2 + np.array([-1e-7, 1e-7])
        values = zexpansion.evaluate(record, MASSES | dict.fromkeys("0123", 0.01), near)["V"]
        assert values[0] * values[1] < 0.0
        assert np.all(np.abs(values) > 1e3)


@pytest.mark.parametrize("name", ["lattice", "fnalmilc15", "hpqcd15"])
def test_fits_of_b_to_d_keep_the_bounds(name):
    assert_bounded("B->D", name)


@pytest.mark.parametrize("name", ["lattice", "fnalmilc21", "hpqcd23", "jlqcd23"])
def test_fits_of_b_to_d_star_keep_the_bounds(name):
    assert_bounded("B->D*", name)


def assert_bounded(channel, name):
    """Centrally the sums of squares stay below 1, current by current; no coefficient has an error above its prior."""
    inputs = load_inputs("default", form_factors={channel: name})
    record = inputs.form_factor(channel)
    sums = dict.fromkeys(bgl.CURRENTS[channel], 0.0)
    for form_factor, row in record.coefficients.items():
        sums[bgl.OUTER[form_factor].current] += sum(inputs.parameters[key] ** 2 for key in row)
    assert all(0.0 < value < 1.0 for value in sums.values())
    if channel == "B->D*":
        errors = [inputs.parameters.uncertainty(key) for key in record.names]
        assert max(errors) <= 1.0


# --- files of a user's own


def shipped(stem):
    return folder("form_factors").joinpath(f"{stem}.yaml").read_text(encoding="utf-8")


def test_two_files_of_one_name_are_two(tmp_path):
    """In different folders, for two channels."""
    for place, stem in (("a", "B-D_lattice"), ("b", "B-Dstar_lattice")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "ff.yaml").write_text(shipped(stem), encoding="utf-8")
    choices = {"B->D": str(tmp_path / "a/ff.yaml"), "B->D*": str(tmp_path / "b/ff.yaml")}
    own, usual = load_inputs("default", form_factors=choices), load_inputs("default")
    for channel in choices:
        for name in usual.form_factor(channel).names:
            assert own.parameters[name] == usual.parameters[name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("same_coefficients_as: B-D_hqet", "same_coefficients_as: nope"),
            "Unknown form factors whose coefficients",
        ),
        (
            ("same_coefficients_as: B-D_hqet", "same_coefficients_as: B-K_lattice"),
            "only hqet shares coefficients",
        ),
        (
            ("same_coefficients_as: B-D_hqet", "same_coefficients_as: B-Dstar_hqet"),
            "only hqet shares coefficients",
        ),
        (("parametrisation: hqet", "parametrisation: bgl"), "only hqet shares coefficients"),
    ],
)
def test_coefficients_are_shared_where_they_can_be(tmp_path, change, message):
    path = tmp_path / "mine.yaml"
    path.write_text(shipped("B-Dstar_hqet").replace(*change), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_inputs("default", form_factors={"B->D*": str(path)})


def test_two_files_with_the_same_coefficients_are_refused(tmp_path):
    """Else one of the two would be used for both, and nothing said."""
    path = tmp_path / "mine.yaml"
    path.write_text(shipped("B-D_hqet"), encoding="utf-8")
    with pytest.raises(InputError, match=r"both give B->D HQET rho2: change single coefficients"):
        load_inputs("flavio-2.7", form_factors={"B->D": str(path)})
