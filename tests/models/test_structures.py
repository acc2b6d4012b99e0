"""Flavour structures: which couplings they take, and what U(2) makes of them, written out."""

import numpy as np
import pytest

from nutau.eft.ckm import matrix, tree_ckm
from nutau.eft.wet.full import FULL
from nutau.errors import InputError
from nutau.inference.likelihood.fields import fields, spurions
from nutau.inputs import load_inputs
from nutau.models import catalogue, mediator
from nutau.models.structures import STRUCTURES, elements_of

TEV2 = 1e-6


@pytest.mark.parametrize("field", catalogue.MEDIATORS, ids=lambda field: field.name)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_field_has_every_structure(field, structure):
    names = elements_of(field, structure)
    assert len(set(names)) == len(names)
    known = {coupling.name for coupling in field.couplings}
    assert {name.rpartition("_")[0] for name in names} <= known
    space = fields(field.name, 3000.0, structure=structure)
    assert np.isfinite(space.to_linear(np.full((1, len(space)), 0.3))).all()


def smeft(space, values):
    """Warsaw coefficients in TeV⁻² by name, from a space of one field."""
    (inner,) = space.spaces
    made = inner.smeft(np.array(values))
    return {
        name: value / TEV2 for name, value in zip(made.basis.coefficients, made.values, strict=True) if value
    }


@pytest.mark.parametrize(
    ("name", "coupling", "conjugated"),
    [("U1", "x1LL", True), ("S1", "y1LL", False), ("S3", "y3LL", False), ("U3", "x3LL", True)],
)
def test_spurions_are_ckm_elements(name, coupling, conjugated):
    """x_i3 = c V_ti* x_33 where the quark is barred, its conjugate where it is not: the match of these couplings."""
    ckm = np.asarray(matrix(tree_ckm(load_inputs().parameters.mapping())))
    g, c = 0.7, -1.3
    towards = [ckm[2, i] / ckm[2, 2] for i in (0, 1)]
    light = [c * g * (np.conj(v) if conjugated else v) for v in towards]
    given = {"33": g, "23": light[1], "13": light[0]}
    expected = mediator(name)(3000.0, **{coupling: given}).smeft()
    found = smeft(fields(name, 3000.0, structure="u2"), [g, c])
    for key, value in found.items():
        assert value == pytest.approx(complex(expected[key]) / TEV2, rel=1e-12), key
    assert len(found) > 4


def test_currents_of_real_vectors_have_rank_one():
    """g_ij = g_33 v_i v_j*: no determinant of two rows and columns is left, and g is Hermitian."""
    inputs = load_inputs()
    space = spurions(mediator("VB"), 3000.0, ("gq_33",), inputs)
    units = dict(zip(space.couplings.names, space._units, strict=True))
    g = np.zeros((3, 3), dtype=complex)
    for name, unit in units.items():
        part, _, key = name.partition(" ") if " " in name else ("Re", "", name)
        i, j = (int(digit) - 1 for digit in key[-2:])
        g[i, j] += unit * (1j if part == "Im" else 1.0)
    g += np.conj(np.triu(g, 1)).T
    assert np.linalg.matrix_rank(g, tol=1e-12) == 1
    assert np.allclose(g, g.conj().T)


@pytest.mark.parametrize("pair", ["S1+S3", "S1+U1", "R2+S3", "Z'+VB"])
@pytest.mark.parametrize("structure", ["minimal", "u2"])
def test_a_pair_is_the_model_of_its_fields(pair, structure):
    """The coefficients at 4.8 GeV are those of the model of both: of each, and of boxes with one of each."""
    inputs = load_inputs()
    par = inputs.parameters.mapping()
    space = fields(pair, 3000.0, structure=structure)
    values = np.linspace(-0.4, 0.7, len(space))
    made, used = [], 0
    for name in pair.split("+"):
        (own,) = fields(name, 3000.0, structure=structure, inputs=inputs).spaces
        count = len(own.parameters)
        made.append(own.model(values[used : used + count]))
        used += count
    both = space.wilson(values, par).values
    reference = (made[0] + made[1]).wet(running="full", target=FULL).values
    assert np.allclose(both, reference, rtol=1e-11, atol=1e-13 * np.abs(both).max())


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("U9", {}, "U9"),
        ("U1+U1", {}, "named twice"),
        ("U1", {"structure": "mfv"}, "flavour structure"),
        ("U3", {"right_handed": True}, "no couplings to singlets"),
        ("S1~", {"right_handed": True}, "none but couplings to singlets"),
        ("U1", {"couplings": ["y1LL_33"]}, "No coupling of U1 is named"),
        ("U1", {"couplings": ["x1LL_33", "y1LL_33"]}, "y1LL_33"),
        ("U1", {"fixed": {"x1LL_99": 1.0}}, "x1LL_99"),
        ("U1", {"fixed": {"x1LL_33": 1.0, "x1LL_23": 1.0}}, "held fixed"),
        ("U1", {"ranges": {"x1RR_33": (0.0, 1.0)}}, "x1RR_33"),
        ("U1", {"ranges": {"x1LL_33": (1.0, 0.0)}}, "lower end"),
    ],
)
def test_what_is_no_field_is_refused(model, options, message):
    with pytest.raises(InputError, match=message) as found:
        fields(model, 3000.0, **options)
    assert len(str(found.value)) < 600


def test_couplings_called_alike_in_two_fields_are_two():
    """Z' and VB both have gq and gl: parameters of one do not move the other, and a bare name says which are meant."""
    both = fields("Z'+VB", 4000.0)
    assert len(set(both.names)) == 6
    assert both.names == tuple(
        f"{field}.{name}" for field in ("Z'", "VB") for name in fields(field, 4000.0).names
    )
    values = np.where([name.startswith("VB.") for name in both.names], 0.5, 0.0)
    moved = {
        name.partition(":")[0]
        for name, value in zip(both.internal, both.to_linear(values), strict=True)
        if value
    }
    assert moved == {"VB"}
    named = fields("Z'+VB", 4000.0, couplings=["Z'.gq_23", "Z'.gl_33", "VB.gq_23"], fixed={"VB.gl_33": 1.0})
    assert (named.names, dict(named.fixed)) == (("Z'.gq_23", "Z'.gl_33", "VB.gq_23"), {"VB.gl_33": 1.0})
    with pytest.raises(InputError, match=r"write Z'\.gl_33 or VB\.gl_33"):
        fields("Z'+VB", 4000.0, couplings=["gl_33"])
    with pytest.raises(InputError, match="Unknown coupling"):
        fields("Z'+VB", 4000.0, couplings=["Z'.gl_33", "VB.gl_33", "VB.x_33"])
