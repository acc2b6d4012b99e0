"""Measurements of flavio and constraints of EOS become data files with the same numbers."""

import json
import math

import numpy as np
import pytest
import yaml
from scipy.integrate import quad
from scipy.interpolate import CubicSpline
from scipy.stats import gamma
from typer.testing import CliRunner

import nutau
from damage import damaged_bytes, damaged_document
from nutau.cli import app
from nutau.errors import InputError
from nutau.measurements import UpperLimits
from nutau.report.conversion import convert
from nutau.report.conversion.curves import amoroso, counting_limit, log_gamma
from nutau.report.conversion.flavio_values import number, text
from nutau.report.conversion.record import Limit, Unusable, Value

FLAVIO = """\
LHCb RD 2025:
  experiment: LHCb
  inspire: LHCb:2025xyz
  description: an invented one
  values:
    Rtaul(B->Dlnu): 0.33 ± 0.02 ± 0.01
    BR(B0->rho0gamma): 4.33(15)e-5
    Rtaul(B->D*lnu): 0.280 +0.012 -0.011
    BR(B+->taunu): (1.09 ± 0.24) e-4
  correlation: [[1, 0.5, -0.3, 0.1], [1, 0.2, 0.25], [1, 0.05], [1]]

Others:
  values:
    BR(B0->K*nunu): < 1.8e-5 @ 90% CL
    BR(B+->Knunu): {distribution: general_gamma_upper_limit, limit: 1.9e-5, confidence_level: 0.9, counts_total: 83,
                    counts_signal: 17.7, background_std: 3.4}
    DeltaM_s: 1.1688(14)e-11
    S_psiphi: 0.049 ± 0.019
    BR(Bs->tautau): 3
    FLtot(B0->D*taunu): "[0.4, 0.6]"

LHCb RK 2022:
  inspire: LHCb:2022zom
  values:
    - {name: <Rmue>(B+->Kll), q2min: 1.1, q2max: 6, value: 0.949 +0.042 -0.041 +0.022 -0.022}
    - {name: <Rmue>(B0->K*ll), q2min: 1.1, q2max: 6, value: 1.027 ± 0.07}
    - {name: <BR>(B+->Dtaunu), q2min: 4, q2max: 6, value: 2.0(4)e-3}
    - {name: dBR/dq2(B+->Knunu), q2: 4, value: 2.0(4)e-7}

Two of three:
  observables: [Rtaul(B->Dlnu), BR(Bs->gammagamma), {name: <Rmue>(B+->Kll), q2min: 1.1, q2max: 6}]
  values:
    - {distribution: multivariate_normal, central_value: &c [0.3, 3.0e-9, 1.0], covariance: [[4.0e-4, 0, 1.0e-4], [0, 1.0e-20, 0], [1.0e-4, 0, 9.0e-4]]}
    - {distribution: multivariate_normal, central_value: *c, standard_deviation: [0.01, 1.0e-10, 0.02], correlation: 0.5}
"""  # noqa: E501

EOS = """\
"@metadata":
  authors: [somebody]
B->D^(*)lnu::R_D^(*)@HFLAV:2019A:
  type: MultivariateGaussian(Covariance)
  observables: ["B->Dlnu::R_D", "B->D^*lnu::R_D^*", "B->Dlnu::BR"]
  options: [{}, {}, {l: mu}]
  kinematics:
    - {q2_tau_max: 11.62, q2_tau_min: 3.15, q2_mu_min: 0.01, q2_mu_max: 11.62}
    - {q2_tau_max: 11.62, q2_tau_min: 3.15, q2_mu_min: 0.01, q2_mu_max: 11.62}
    - {q2_min: 0.02, q2_max: 11.62}
  means: [0.340, 0.295, 0.02]
  covariance: [[0.000898, -0.000154884, 0], [-0.000154884, 0.000185, 0], [0, 0, 1.0e-6]]
B^+->K^+l^+l^-::R_K[1.10,6.00]@LHCb:2021A:
  type: Gaussian
  observable: B->Kll::R_K
  kinematics: {q2_mu_min: 1.1, q2_mu_max: 6, q2_e_min: 1.1, q2_e_max: 6}
  options: {tag: BFS2004}
  mean: 0.846
  sigma-stat: {hi: 0.042, lo: -0.039}
  sigma-sys: {hi: 0.013, lo: -0.012}
B^+->tau^+nu::BR@Belle:2014A:
  type: Gaussian
  observable: B_u->lnu::BR;l=tau
  kinematics: {}
  options: {}
  mean: 1.25e-4
  sigma-stat: {hi: 0.28e-4, lo: 0.28e-4}
  sigma-sys: {hi: 0, lo: 0}
  references: [Belle:2014A, Belle:2014B]
B^0_s->tau^+tau^-::BR@X:2020A:
  type: Amoroso
  observable: B_q->ll::BR@Untagged
  kinematics: {}
  options: {l: tau, q: s}
  physical-limit: 0
  theta: 2.0e-3
  alpha: 2.8
  beta: 2.0
B->K^*nunu::pair@X:2021A:
  type: MultivariateGaussian
  observables: ["B->K^*nunu::F_L", "B->Knunu::BR", "B->Knunu::BR"]
  options: [{q: d}, {q: u}, {}]
  kinematics: [{q2_min: 0, q2_max: 8}, {q2_min: 0, q2_max: 22.9}, {q2_min: 2, q2_max: 4}]
  means: [0.5, 2.0e-5, 1.0e-6]
  sigma-stat-hi: [0.1, 4.0e-6, 3.0e-7]
  sigma-stat-lo: [0.12, 5.0e-6, 3.0e-7]
  sigma-sys: [0.0, 1.0e-6, 4.0e-7]
  correlations: [[1.0, 0.1, 0.2], [0.1, 1.0, 0.3], [0.2, 0.3, 1.0]]
B->Dlnu::R_D@part:
  type: Gaussian
  observable: B->Dlnu::R_D
  kinematics: {q2_tau_max: 8, q2_tau_min: 3.15, q2_mu_min: 0.01, q2_mu_max: 8}
  options: {}
  mean: 0.3
  sigma-stat: {hi: 0.1, lo: 0.1}
  sigma-sys: {hi: 0, lo: 0}
bound:
  type: UniformBound
  observables: ["B->D::Saturation"]
"""

BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))


def converted(tmp_path, content):
    """The conversion of a file, and the data set that is read back from it."""
    path = tmp_path / "theirs.yml"
    path.write_text(content)
    found = convert(path)
    (tmp_path / "ours.yaml").write_text(found.to_yaml())
    return found, nutau.load_dataset(tmp_path / "ours.yaml")


def rows(entry):
    """Observables, central values and both errors of a Gaussian entry, in natural units."""
    numbers = entry.gaussian
    names = [entry.observables[int(i)].label for i in numbers.index]
    return names, numbers.central, numbers.plus, numbers.minus


@pytest.mark.parametrize(
    ("given", "central", "errors"),
    [
        ("0.33 ± 0.02 ± 0.01", 0.33, [(0.02, 0.02), (0.01, 0.01)]),
        ("1.09(24)e-4", 1.09e-4, [(0.24e-4, 0.24e-4)]),
        ("(1.09 ± 0.24) e-4", 1.09e-4, [(0.24e-4, 0.24e-4)]),
        ("1.2 +0.1 -0.2", 1.2, [(0.1, 0.2)]),
        ("1.2 -0.2 +0.1", 1.2, [(0.1, 0.2)]),
        ("(1.31 + 0.66 - 0.61 + 0.35 - 0.25) e-3", 1.31e-3, [(0.66e-3, 0.61e-3), (0.35e-3, 0.25e-3)]),
        ("-0.67 +0.37 -0.41 ± 0.17", -0.67, [(0.37, 0.41), (0.17, 0.17)]),
        ("−0.15 ± 0.03", -0.15, [(0.03, 0.03)]),
        ("1.67(3)(5) 1e-3", 1.67e-3, [(0.03e-3, 0.03e-3), (0.05e-3, 0.05e-3)]),
        ("17(1.5)", 17, [(1.5, 1.5)]),
        (r"1.67 \pm 0.3 +- 0.5 * 10^(-3)", 1.67e-3, [(0.3e-3, 0.3e-3), (0.5e-3, 0.5e-3)]),
        ("3.6 ± 0.5 ± 0.3 ± 0.6 E-5", 3.6e-5, [(0.5e-5, 0.5e-5), (0.3e-5, 0.3e-5), (0.6e-5, 0.6e-5)]),
    ],
)
def test_texts_are_read_as_flavio_reads_them(given, central, errors):
    assert text(given) == Value(central, tuple(errors))


@pytest.mark.parametrize("given", ["< 1e-5 @ 90% CL", " <1e-5@90 %C.L.", "< 0.00001 @ 90.0% CL"])
def test_limits_are_read(given):
    assert text(given) == Limit(1e-5, 0.9)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("1.2", "no uncertainty"),
        (1.2, "no uncertainty"),
        ("1.2 */ 1.5", "log-normal"),
        ("[1, 5] 1e-3", "flat range"),
        ("about one", "not understood"),
        ("1.2 ± ", "not understood"),
        ("> 3 @ 90% CL", "not understood"),
        ("±" * 10_000, "not understood"),
        ("1(" + "1" * 5000, "not understood"),
        ([], "not"),
        (None, "neither text nor a distribution"),
        ({"distribution": "uniform", "central_value": 1, "half_range": 2}, "no counterpart"),
        ({"distribution": "normal", "central_value": 1, "standard_deviation": 2, "z": 1}, "unknown arguments z"),
        ({"distribution": "gamma_upper_limit", "limit": 1, "counts_total": 3}, "two of counts"),
        ({"distribution": "numerical", "x": [1, 2, 3, 4, 5], "y": [1, 0, 0, 1, 1]}, "vanishes between"),
        ({"distribution": "numerical", "x": [1, 2, 2, 4], "y": [1, 1, 1, 1]}, "do not increase"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_said(given, reason):
    with pytest.raises(Unusable, match=reason):
        number(given)


def test_a_file_of_flavio_round_trip(tmp_path):
    found, data = converted(tmp_path, FLAVIO)
    names, central, plus, minus = rows(data["LHCb-RD-2025"])
    assert names == ["Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)", "BR(B+->taunu)"]
    np.testing.assert_allclose(central, [0.33, 0.28, 1.09e-4], rtol=1e-15)
    np.testing.assert_allclose(plus, [math.hypot(0.02, 0.01), 0.012, 0.24e-4], rtol=1e-15)
    np.testing.assert_allclose(minus, [math.hypot(0.02, 0.01), 0.011, 0.24e-4], rtol=1e-15)
    expected = [[1, -0.3, 0.1], [-0.3, 1, 0.05], [0.1, 0.05, 1]]
    np.testing.assert_array_equal(data["LHCb-RD-2025"].gaussian.correlation, expected)
    entry = data["LHCb-RD-2025"]
    assert (entry.source, entry.collaboration, entry.provenance) == ("LHCb:2025xyz", "LHCb", "secondary")
    assert not entry.verified

    # ħ = 6.582119569e-25 GeV s (PDG); flavio says beside the number that it is 17.757 ps^-1
    names, central, plus, _ = rows(data["Others"])
    assert names == ["DeltaM_s"]
    assert central[0] == pytest.approx(1.1688e-11 / 6.582119569e-13, rel=1e-11)
    assert plus[0] == pytest.approx(0.0014e-11 / 6.582119569e-13, rel=1e-11)
    limits = next(
        item.distribution for item in data.measurements if isinstance(item.distribution, UpperLimits)
    )
    assert (limits.limit.tolist(), limits.confidence_level.tolist()) == (pytest.approx([1.8e-5]), [0.9])
    assert data["Others-3"].observables[0].name == "BR(B+->Knunu)"

    names, central, plus, minus = rows(data["LHCb-RK-2022"])
    assert names == ["<Rmue>(B+->Kll)[1.1, 6]", "<Rmue>(B0->K*ll)[1.1, 6]", "<dBR/dq2>(B+->Dtaunu)[4, 6]"]
    np.testing.assert_allclose(central, [0.949, 1.027, 2.0e-3 / 2], rtol=1e-15)
    np.testing.assert_allclose(plus, [math.hypot(0.042, 0.022), 0.07, 0.4e-3 / 2], rtol=1e-15)
    np.testing.assert_allclose(minus, [math.hypot(0.041, 0.022), 0.07, 0.4e-3 / 2], rtol=1e-15)

    # a convolution of Gaussians: covariances add, and what is left out is integrated over
    covariance = data["Two-of-three"].gaussian.covariance
    np.testing.assert_allclose(
        covariance, [[4e-4 + 1e-4, 1e-4 + 1e-4], [1e-4 + 1e-4, 9e-4 + 4e-4]], rtol=1e-11
    )

    reasons = {item.observable: item.reason for item in found.left}
    assert set(reasons) == {
        "BR(B0->rho0gamma)",
        "S_psiphi",
        "BR(Bs->tautau)",
        "FLtot(B0->D*taunu)",
        "dBR/dq2(B+->Knunu)[4]",
        "BR(Bs->gammagamma)",
    }
    assert reasons["BR(B0->rho0gamma)"] == "nutau has no such observable"
    assert reasons["BR(Bs->tautau)"] == "it has no uncertainty"


def test_what_flavio_writes_is_read(tmp_path):
    written = [
        {
            "arguments": {"name": "Mine 1"},
            "metadata": {"experiment": "LHCb", "inspire": "LHCb:2025xyz"},
            "constraints": [
                {
                    "observables": ["Rtaul(B->Dlnu)"],
                    "values": [
                        {"distribution": "normal", "central_value": 0.3, "standard_deviation": 0.03},
                        {"distribution": "normal", "central_value": 0.3, "standard_deviation": 0.04},
                    ],
                },
                {
                    "observables": [["<Rmue>(B+->Kll)", 1.1, 6.0]],
                    "values": {
                        "distribution": "asymmetric_normal",
                        "central_value": 0.95,
                        "right_deviation": 0.05,
                        "left_deviation": 0.04,
                    },
                },
                {"BR(B+->taunu)": "1.0 ± 0.2 ± 0.1 e-4"},
            ],
        }
    ]
    found, data = converted(tmp_path, yaml.safe_dump(written))
    assert not found.left
    assert found.numbers == 3
    numbers = {
        name: (c, p, m) for entry in data.measurements for name, c, p, m in zip(*rows(entry), strict=True)
    }
    assert numbers["Rtaul(B->Dlnu)"] == pytest.approx((0.3, 0.05, 0.05), rel=1e-15)
    assert numbers["<Rmue>(B+->Kll)[1.1, 6]"] == pytest.approx((0.95, 0.05, 0.04), rel=1e-15)
    assert numbers["BR(B+->taunu)"] == pytest.approx((1e-4, math.hypot(2e-5, 1e-5), math.hypot(2e-5, 1e-5)))


def test_a_file_of_eos_round_trip(tmp_path):
    found, data = converted(tmp_path, EOS)
    names, central, plus, _ = rows(data["B->D^(*)lnu::R_D^(*)@HFLAV:2019A"])
    assert names == ["Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)"]
    np.testing.assert_array_equal(central, [0.34, 0.295])
    np.testing.assert_allclose(plus, np.sqrt([0.000898, 0.000185]), rtol=1e-15)
    covariance = data["B->D^(*)lnu::R_D^(*)@HFLAV:2019A"].gaussian.covariance
    np.testing.assert_allclose(covariance, [[0.000898, -0.000154884], [-0.000154884, 0.000185]], rtol=1e-11)

    names, central, plus, minus = rows(data["B^+->K^+l^+l^-::R_K[1.10,6.00]@LHCb:2021A"])
    assert (names, central.tolist()) == (["<Rmue>(B+->Kll)[1.1, 6]"], [0.846])
    assert (plus[0], minus[0]) == pytest.approx(
        (math.hypot(0.042, 0.013), math.hypot(0.039, 0.012)), rel=1e-15
    )

    names, central, plus, _ = rows(data["B^+->tau^+nu::BR@Belle:2014A"])
    assert (names, central[0], plus[0]) == (["BR(B+->taunu)"], pytest.approx(1.25e-4), pytest.approx(0.28e-4))
    assert data["B^+->tau^+nu::BR@Belle:2014A"].source == "Belle:2014A, Belle:2014B (a reference of EOS)"
    assert data["B^0_s->tau^+tau^-::BR@X:2020A"].observables[0].name == "BR(Bs->tautau)"

    pair = data["B->K^*nunu::pair@X:2021A"]
    names, central, plus, minus = rows(pair)
    assert names == ["<FL>(B0->K*nunu)[0, 8]", "BR(B+->Knunu)", "<dBR/dq2>(B+->Knunu)[2, 4]"]
    np.testing.assert_allclose(central, [0.5, 2e-5, 0.5e-6], rtol=1e-15)
    np.testing.assert_allclose(plus, [0.1, math.hypot(4e-6, 1e-6), 0.25e-6], rtol=1e-15)
    np.testing.assert_allclose(minus, [0.12, math.hypot(5e-6, 1e-6), 0.25e-6], rtol=1e-15)
    np.testing.assert_array_equal(pair.gaussian.correlation, [[1, 0.1, 0.2], [0.1, 1, 0.3], [0.2, 0.3, 1]])

    reasons = {item.entry: item.reason for item in found.left}
    assert reasons == {
        "B->D^(*)lnu::R_D^(*)@HFLAV:2019A": "nutau has no such observable",
        "B->Dlnu::R_D@part": "it is a ratio in a part of phase space; nutau's is that of all",
        "bound": "constraints of type UniformBound have no counterpart",
    }


@pytest.mark.parametrize("content", [FLAVIO, EOS], ids=["flavio", "EOS"])
def test_what_is_converted_is_fitted(content, tmp_path):
    _, data = converted(tmp_path, content)
    fit = nutau.fit("CVL_bctaunutau", data=data, draws=20)
    assert np.isfinite(fit.chi2)


def spline(curve):
    return CubicSpline(curve.x, curve.values)


@pytest.mark.parametrize(("total", "background"), [(6, 2.9), (0, 1.3), (21, 22.7)])
def test_counts_without_spread_are_a_gamma_distribution(total, background):
    limit, level = 3.7e-5, 0.9
    curve = counting_limit(total, background, 0.0, limit, level)
    density = gamma(total + 1, loc=-background)
    signal = density.ppf(1 - (1 - level) * density.sf(0))  # the limit, flat for positive signals
    x = np.linspace(0, 1.2 * limit, 30)
    expected = -2 * density.logpdf(x / limit * signal)
    grid = -2 * density.logpdf(np.array(curve.x) / limit * signal)
    np.testing.assert_allclose(spline(curve)(x), expected - grid.min(), atol=2e-3)


@pytest.mark.parametrize(
    ("total", "background", "spread"), [(83, 65.3, 3.4), (13, 15.0, 1.8), (0, 0.13, 0.06)]
)
def test_a_spread_of_the_background_is_folded_in(total, background, spread):
    curve = counting_limit(total, background, spread, 1.0, 0.9)

    def likelihood(signal):
        def folded(t, centre):
            return t**total * math.exp(total - t - total * math.log(max(total, 1))) * math.exp(
                -((t - centre) ** 2) / (2 * spread**2)
            )  # fmt: skip

        centre = signal + background
        low, high = max(0.0, centre - 9 * spread), centre + 9 * spread
        mirrored = quad(folded, 0, max(1e-9, 9 * spread - centre), args=(-centre,))[0]
        return quad(folded, low, high, args=(centre,), limit=200)[0] + mirrored

    largest = max(total - background, 0) + 12 * math.hypot(math.sqrt(total + 1), spread) + 25
    everything = quad(likelihood, 0, largest, limit=200)[0]
    found = curve_factor(curve, likelihood)
    assert quad(likelihood, 0, 1.0 / found, limit=200)[0] / everything == pytest.approx(0.9, abs=2e-4)


def curve_factor(curve, likelihood):
    """The factor between signal and observable that brings the curve onto the likelihood; checked at every fifth."""
    from scipy.optimize import minimize_scalar

    points = np.array(curve.x)[::5]
    wanted = np.array(curve.values)[::5]
    near = wanted < 9

    def distance(factor):
        found = np.array([-2 * math.log(likelihood(x / factor)) for x in points[near]])
        return float(np.max(np.abs(found - found.min() - wanted[near] + wanted[near].min())))

    scale = curve.x[-1]
    grid = [scale / signal for signal in np.geomspace(1, 300, 60)]
    start = min(grid, key=distance)
    best = minimize_scalar(
        distance, bounds=(start / 1.12, start * 1.12), method="bounded", options={"xatol": 1e-9}
    )
    assert best.fun < 0.01
    return best.x


def test_amoroso_is_a_gamma_distribution_of_a_power():
    limit, theta, alpha, beta = 1e-10, 2e-9, 2.8, 2.0
    curve = amoroso(limit, theta, alpha, beta)

    def expected(x):  # z^beta has a gamma distribution of index alpha
        z = (x - limit) / theta
        return -2 * (gamma(alpha).logpdf(z**beta) + np.log(beta * z ** (beta - 1) / theta))

    x = np.array(curve.x)
    near = np.array(curve.values) < 9
    fine = np.linspace(x[near][0], x[near][-1], 100)
    np.testing.assert_allclose(spline(curve)(fine), expected(fine) - expected(x).min(), atol=0.01)
    assert amoroso(0.0, 1.0, 0.5, 2.0).x[0] == 0  # a half normal


def test_log_gamma_has_its_mode_and_falls_as_the_logarithm_of_a_gamma_distribution():
    mode, alpha, scale = 0.3, 2.0, -0.05
    curve = log_gamma(mode, alpha, scale)
    x = np.array(curve.x)
    assert x[int(np.argmin(curve.values))] == pytest.approx(mode, abs=x[1] - x[0])
    z = (np.linspace(0.2, 0.4, 50) - mode) / scale + math.log(alpha)
    expected = -2 * (gamma(alpha).logpdf(np.exp(z)) + z)  # the density of log y
    found = spline(curve)(np.linspace(0.2, 0.4, 50))
    np.testing.assert_allclose(found - found.min(), expected - expected.min(), atol=0.01)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("title: t\nmeasurements: []\n", "is a data file of nutau already"),
        ("{eft: WET, basis: flavio, scale: 4.8, values: {}}", "holds Wilson coefficients"),
        ("channels: []\n", "is a pyhf workspace"),
        ("$schema: x\n", "nutau.read_popxf"),
        ("Block MASS\n  1  2.0\n", "SLHA, FLHA"),
        ("a: 1\n", "neither a file of measurements of flavio"),
        ("", "neither a file of measurements of flavio"),
        (
            "X:\n  values: {BR(B0->rho0gamma): 1 ± 1}\n",
            r"Nothing in .*\n  BR\(B0->rho0gamma\): nutau has no such",
        ),
        ("X:\n  values: {BR(B+->Knunu): 120 ± 5}\n", "no branching ratio is above 1"),
        ("X:\n  values: {R: " + "[" * 2000 + "]" * 2000 + "}", "nested too deeply"),
        (BOMB, "stand for too much"),
    ],
)
def test_files_of_another_kind_are_refused(content, message, tmp_path):
    path = tmp_path / "theirs.yml"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        convert(path)


@pytest.mark.parametrize("content", [FLAVIO, EOS], ids=["flavio", "EOS"])
def test_damaged_files_are_converted_or_refused(content, tmp_path):
    path = tmp_path / "theirs.yml"
    document = yaml.safe_load(content)
    outcomes = []
    for seed in range(60):
        path.write_text(json.dumps(damaged_document(document, seed)))
        outcomes.append(attempt(path))
        path.write_bytes(damaged_bytes(content.encode(), seed))
        outcomes.append(attempt(path))
    assert set(outcomes) == {"converted", "refused"}  # the damage does something, and not everything


def attempt(path):
    """A conversion that is refused in words, or whose data file is read; a number twice is the user's to drop."""
    words = refusal(lambda: path.with_name("ours.yaml").write_text(convert(path).to_yaml()))
    if words:
        assert path.stem in words or "Nothing in" in words
        return "refused"
    words = refusal(lambda: nutau.load_dataset(path.with_name("ours.yaml")))
    assert not words or "drop one" in words
    return "converted"


def refusal(call):
    """The words of an InputError; empty if there is none."""
    try:
        call()
    except InputError as error:
        return str(error)
    return ""


def test_the_verb(tmp_path):
    (tmp_path / "theirs.yml").write_text(FLAVIO)
    out = tmp_path / "ours.yaml"
    done = CliRunner().invoke(app, ["data", "convert", str(tmp_path / "theirs.yml"), "--out", str(out)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"Converted to {out}: 11, in 6 entries. Not converted: 6.\n" in done.stderr
    assert "  LHCb RD 2025 BR(B0->rho0gamma): nutau has no such observable\n" in done.stderr
    shown = CliRunner().invoke(app, ["data", "show", str(out)])
    assert "0.330 ± 0.022" in shown.stdout  # 0.02 (stat) and 0.01 (syst)
    printed = CliRunner().invoke(app, ["data", "convert", str(tmp_path / "theirs.yml")])
    assert printed.stdout == out.read_text()
    as_json = CliRunner().invoke(app, ["data", "convert", str(tmp_path / "theirs.yml"), "--json"])
    document = json.loads(as_json.stdout)
    assert document["data"] == yaml.safe_load(out.read_text().replace("e-0", "e-"))
    assert len(document["left"]) == 6
    refused = CliRunner().invoke(app, ["data", "convert", str(tmp_path / "theirs.yml"), "--out", "x.txt"])
    assert isinstance(refused.exception, InputError)


def test_many_reasons_are_counted(tmp_path):
    path = tmp_path / "theirs.yml"
    path.write_text(FLAVIO + "Far:\n  values:\n" + "".join(f"    BR(X{i}->Y): 1 ± 1\n" for i in range(500)))
    lines = convert(path).reasons(20)
    assert lines[0].startswith(
        "nutau has no such observable: 502 (BR(B0->rho0gamma), BR(Bs->gammagamma), BR(X0->Y)"
    )
    assert len(lines) < 10
