"""Yields in the tails of pp -> two leptons: positive, those of the raw text, EFT limit of the poles, weak basis."""

import os
from pathlib import Path

import numpy as np
import pytest

import nutau
from nutau.decays import pp_to_leptons as tails
from nutau.eft.tails import LOWEST_MASS, TAILS, Propagator, amplitudes
from nutau.eft.wet.full import WITH_TAILS
from nutau.inputs import load_inputs
from nutau.measurements import find_measurement

RAW = Path(os.environ.get("HIGHPT_SEARCHES", Path(__file__).parents[3] / "shared" / "data" / "highpt"))
"""HighPT's text files, HighPT/LHC_searches of its repository."""
COUNTED = {"pp->tautau": "ATLAS-2020-tautau", "pp->taunu": "ATLAS-2021-taunu", "pp->mutau": "CMS-2022-mutau"}
TEV2 = 1e6


@pytest.fixture(scope="module")
def form():
    inputs = load_inputs("default")
    par = inputs.parameters.mapping()

    def made(process, q2=None, propagator=None):
        row = next(row for row in tails.PROCESSES if row.name == process)
        return tails.forms(inputs, par, row, q2, propagator=propagator)["events"]

    return made


def bins(process):
    edges = next(row for row in tails.PROCESSES if row.name == process).bins
    return list(zip(map(float, edges[:-1]), map(float, edges[1:]), strict=True))


@pytest.mark.parametrize("process", COUNTED)
@pytest.mark.parametrize(
    "propagator", [None, Propagator("t", 1000.0), Propagator("u", 1000.0), Propagator("u", 1700.0)]
)
def test_no_bin_has_less_than_no_events(form, process, propagator):
    """With the Standard Model's events every bin is a positive form; without them what does not interfere is."""
    background = find_measurement(COUNTED[process]).distribution.background
    for edges, expected in zip(bins(process), background, strict=True):
        matrix = form(process, edges, propagator).matrix.copy()
        assert np.allclose(matrix, matrix.conj().T, rtol=1e-14, atol=0)
        matrix[0, 0] = expected
        scale = np.sqrt(np.abs(np.diag(matrix)))
        unit = matrix / np.outer(np.where(scale > 0, scale, 1.0), np.where(scale > 0, scale, 1.0))
        assert np.linalg.eigvalsh(unit)[0] > -1e-7


RAW_FILES = [
    (
        "pp->tautau",
        "di-tau_ATLAS_2002_12223/SMEFT/FVLL_00_{}_tata_Reg_Reg.dat",
        "ppVRR_sbtautau",
        0,
        None,
        139.0,
    ),
    (
        "pp->tautau",
        "di-tau_ATLAS_2002_12223/SMEFT/FVLL_00_{}_tata_Reg_Reg.dat",
        "ppVLL_cctautau",
        0,
        None,
        139.0,
    ),
    (
        "pp->taunu",
        "mono-tau_ATLAS-CONF-2021-025/SMEFT/FVLL_00_{}_tavt_Reg_Reg.dat",
        "ppVLL_cbtaunumu",
        2,
        None,
        139.0,
    ),
    ("pp->mutau", "muon-tau_CMS_2205_06709/SMEFT/FVLL_00_{}_muta_Reg_Reg.dat", "ppVLL_bsmutau", 0, 25, 138.0),
]


@pytest.mark.skipif(not RAW.exists(), reason="HighPT's text files are not here")
@pytest.mark.parametrize(("process", "file", "name", "first", "last", "luminosity"), RAW_FILES)
def test_contact_terms_are_the_sum_over_the_raw_text(form, process, file, name, first, last, luminosity):
    """Luminosity times the sum of cross section times efficiency, read line by line from the text."""
    amplitude = next(one for one in amplitudes(process) if one.name == name)
    total = 0.0
    for pair in amplitude.pairs:
        for line in (RAW / file.format(pair)).read_text().splitlines():
            if line and not line.startswith("#"):
                cross_section, _, _, *efficiencies = map(float, line.split())
                total = total + luminosity * cross_section * np.array(efficiencies)[first:last]
    size = 0.37 * (
        2.0 if process == "pp->taunu" else 1.0
    )  # TeV^-2: cross sections of tau nu are for lq3, half of it
    for wanted, edges in zip(total * 0.37**2, bins(process), strict=True):
        made = form(process, edges)
        place = 1 + made.basis.index(name)
        assert made.matrix[place, place].real * (size / TEV2) ** 2 == pytest.approx(
            wanted, rel=1e-12, abs=1e-300
        )


@pytest.mark.parametrize("channel", ["t", "u"])
@pytest.mark.parametrize("process", COUNTED)
def test_poles_become_contact_terms_as_the_mass_grows(form, process, channel):
    """Fewer events the lighter the leptoquark, in the last bin most; equal far above; monotonic between masses."""
    contact = np.diag(form(process).matrix.real)[1:]
    previous = contact
    for mass in (1e6, 1e4, 5000.0, 4000.0, 3000.0, 2400.0, 2000.0, 1400.0, 1000.0):
        now = np.diag(form(process, None, Propagator(channel, mass)).matrix.real)[1:]
        assert np.all(now <= previous * (1 + 1e-6))
        previous = now
        if mass == 1e6:
            assert np.allclose(now, contact, rtol=1e-5)
    (_, last), _ = bins(process)[-1], None
    high = bins(process)[-1]
    ratio = np.diag(form(process, high, Propagator(channel, 1000.0)).matrix.real)[1:]
    ratio = ratio / np.diag(form(process, high).matrix.real)[1:]
    assert np.all(ratio < 0.6)
    assert last == high[1]


def test_bins_add_up_and_have_edges_of_the_search(form):
    whole = form("pp->taunu").matrix
    assert np.allclose(sum(form("pp->taunu", edges).matrix for edges in bins("pp->taunu")), whole, rtol=1e-13)
    with pytest.raises(nutau.InputError, match=r"no bin from 1450 to 2000 GeV: its edges are"):
        form("pp->taunu", (1450.0, 2000.0))
    with pytest.raises(nutau.InputError, match="smaller one first"):
        nutau.predict("N(pp->taunu)[2000,1500]", nutau.U1(2000.0, x1LL_33=1.0), draws=0)


def test_the_doublet_may_be_aligned_to_either_quark():
    """The same leptoquark with couplings to up- or to down-aligned doublets: the CKM matrix is in one place."""
    par = load_inputs("default").parameters.mapping()
    ckm = np.asarray(nutau.eft.ckm.matrix(nutau.eft.ckm.tree_ckm(par)))
    for field, coupling in ((nutau.U1, "x1LL"), (nutau.S3, "y3LL")):
        down = np.zeros((3, 3), dtype=complex)
        down[1:, 1:] = [[0.1, 0.3], [0.2, 1.1 + 0.2j]]
        up = ckm.conj() @ down if coupling == "y3LL" else ckm @ down
        one = field(2000.0, **{coupling: down})
        two = field(2000.0, alignment="up", ckm=ckm, **{coupling: up})
        names = ["N(pp->tautau)", "N(pp->taunu)", "N(pp->mutau)"]
        first, second = (nutau.values(names, model, q2="all") for model in (one, two))
        assert np.allclose(first, second, rtol=1e-9), coupling


def test_amplitudes_are_those_of_low_energy():
    """At tree level the b -> c tau nu amplitudes of both ends are one, up to v²/V_cb."""
    par = load_inputs("default").parameters.mapping()
    u1 = nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.3j}, x1RR={"33": 0.4})
    s1 = nutau.S1(2000.0, y1LL={"33": 1.0, "23": 0.2}, y1RR={"23": 0.4})
    v2, v_cb = 1 / (np.sqrt(2) * par["GF"]), nutau.eft.ckm.tree_ckm(par).cb
    for model in (u1, s1):
        both = nutau.point(model, running="none").wet(target=WITH_TAILS)
        for weak, high, factor in (
            ("CVL_bctaunutau", "ppVLL_cbtaunutau", -0.5),
            ("CSR_bctaunutau", "ppSLR_cbtaunutau", -0.5),
            ("CSL_bctaunutau", "ppSLL_cbtaunutau", -0.5),
            ("CT_bctaunutau", "ppTLL_cbtaunutau", -0.5),
        ):
            assert both[weak] == pytest.approx(factor * v2 / v_cb * both[high], rel=1e-12, abs=1e-300)


def test_flavours_that_do_not_meet_make_no_events():
    """Couplings to tau alone give no mu tau; a coupling to d and tau is of tau tau through down quarks."""
    tau = nutau.U1(2000.0, x1LL={"33": 1.0, "23": 0.5})
    found = nutau.predict(["N(pp->mutau)", "N(pp->tautau)"], tau, q2="all", draws=0)
    assert found[0].value == 0
    assert abs(found[1].value) > 1
    assert len(set(TAILS.coefficients)) == len(TAILS)


def test_what_is_not_valid_is_refused():
    with pytest.raises(nutau.InputError, match=f"Masses go from {LOWEST_MASS:g} GeV"):
        nutau.predict("N(pp->tautau)", nutau.U1(900.0, x1LL_33=1.0), q2="all", draws=0)
    with pytest.raises(nutau.InputError, match="one mass at a time"):
        nutau.values("N(pp->tautau)", nutau.U1(np.array([1500.0, 2000.0]), x1LL_33=1.0), q2="all")
    weak = nutau.predict("N(pp->tautau)", {"C9_bstautau": 10.0}, q2="all", draws=0)
    assert any("needs coefficients of the SMEFT" in text for text in weak.warnings)
    two = nutau.U1(2000.0, x1LL_33=1.0) + nutau.S3(2000.0, y3LL_33=1.0)
    assert any(
        "contact term" in text for text in nutau.predict("N(pp->tautau)", two, q2="all", draws=0).warnings
    )
    same = nutau.S1(2000.0, y1LL_33=1.0) + nutau.S3(2000.0, y3LL_33=1.0)
    assert not any(
        "contact" in text for text in nutau.predict("N(pp->tautau)", same, q2="all", draws=0).warnings
    )


def test_events_have_no_theory_error():
    row = nutau.predict("N(pp->taunu)[1500,1750]", nutau.U1(2000.0, x1LL_33=1.0), draws=20)[0]
    assert row.uncertainty is None
    with pytest.raises(nutau.InputError, match="no error budget"):
        nutau.error_budget("N(pp->taunu)", nutau.U1(2000.0, x1LL_33=1.0), q2="all", draws=20)


def test_lowest_mass_is_that_of_the_table():
    assert 1e3 * tails._tables()["masses"].min() == LOWEST_MASS
