"""B -> X_s l l: flavio's numbers with its omissions, and without them what massless leptons and quarks demand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nutau
from nutau.decays import b_to_xsll
from nutau.errors import InputError
from nutau.inputs import Compat, load_inputs
from nutau.observables import Rates, find

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "flavio_2.7.1_xsll.json").read_text())
ROWS = {row.name: row for row in b_to_xsll.PROCESSES}
MUONS = ROWS["B->Xsmumu"]


@pytest.mark.parametrize("number", range(len(REFERENCE["points"])))
def test_flavio(number):
    flavio = load_inputs("flavio-2.7")
    point, rates = REFERENCE["points"][number], Rates(flavio, flavio.parameters.mapping())
    for name, where, theirs in point["values"]:
        forms = find(name).build(rates, np.array(where) if len(where) == 1 else tuple(where))
        values = [complex(*point["coefficients"].get(key, (0, 0))) for key in forms.basis.coefficients]
        assert float(np.squeeze(forms(np.array(values)))) == pytest.approx(theirs, rel=1e-5)


def test_massless_leptons_do_not_tell_vector_from_axial(inputs, par):
    """An axial coefficient instead of a vector one, where nothing interferes with it: one rate, all corrections in."""
    row = ROWS["B->Xsee"]
    form = b_to_xsll.densities(inputs, par, row, np.array([3.0, 17.0]))["branching"].matrix
    nine, ten = (1 + row.basis.index(f"{name}p_bsee") for name in ("C9", "C10"))
    np.testing.assert_allclose(form[:, nine, nine], form[:, ten, ten], rtol=1e-4)
    flavio = replace(inputs, compat=Compat(xsll_corrections=True))
    other = b_to_xsll.densities(flavio, par, row, np.array([3.0, 17.0]))["branching"].matrix
    nine, ten = (1 + row.basis.index(f"{name}_bsee") for name in ("C9", "C10"))
    assert not np.allclose(other[:, nine, nine], other[:, ten, ten], rtol=1e-3, atol=0)


def test_a_massless_strange_quark_does_not_tell_the_chiralities(inputs, par):
    """Squares of C' are those of C; they do not interfere."""
    form = b_to_xsll.forms(inputs, par, MUONS, (1.0, 6.0))["branching"].matrix
    for name in ("C7_bs", "C9_bsmumu", "C10_bsmumu", "CS_bsmumu", "CP_bsmumu"):
        one, other = (1 + MUONS.basis.index(x) for x in (name, name.replace("_", "p_")))
        assert form[one, one] == pytest.approx(form[other, other], rel=1e-12)
        assert abs(form[one, other]) < 1e-12 * abs(form[one, one])


def test_bins_add_up_and_end_with_the_b_quark(inputs, par):
    parts = [b_to_xsll.forms(inputs, par, MUONS, edges)["branching"].sm for edges in ((1, 3), (3, 6), (1, 6))]
    assert parts[0] + parts[1] == pytest.approx(parts[2], rel=1e-6)
    long, short = (b_to_xsll.forms(inputs, par, MUONS, (14.4, end))["branching"].sm for end in (25.0, 24.0))
    assert long == pytest.approx(short, rel=1e-12)


def test_observables():
    low = nutau.predict("<BR>(B->Xsll)", q2=(1, 6), draws=0)[0].value
    one, other = (nutau.predict(f"<BR>(B->Xs{x})", q2=(1, 6), draws=0)[0].value for x in ("ee", "mumu"))
    assert low == pytest.approx(0.5 * (one + other))
    # EOS 1.0.21, B->X_sll::BR@HLMW2005 (hep-ph/0512066): 1.440e-6 and 1.384e-6, normalised otherwise
    assert other / one == pytest.approx(1.384 / 1.440, abs=0.02)
    assert one == pytest.approx(1.440e-6, rel=0.25)
    assert nutau.predict("<Rmue>(B->Xsll)", q2=(1, 6), draws=0)[0].value == pytest.approx(other / one)
    with pytest.raises(InputError, match="J/ψ"):
        nutau.predict("<BR>(B->Xsmumu)", q2=(6, 12), draws=0)
    with pytest.raises(InputError, match="phase space"):
        nutau.predict("dBR/dq2(B->Xsmumu)", q2=[30.0], draws=0)
