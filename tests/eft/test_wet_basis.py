"""The WET basis: names are WCxf's, none twice, and parts belong to the whole."""

import pytest

from nutau.eft.wet import basis
from nutau.eft.wet.full import IN_WCXF
from nutau.eft.wilson import Wilson
from nutau.errors import InputError

# sizes of the sectors in wilson 2.5.2's wet.flavio.basis.json (sb without its four-quark operators, db without
# dipoles, too, currents of light quarks without tensors)
SECTORS = {
    basis.SB_DIPOLE: 4,
    basis.SB_EE: 8,
    basis.SB_MUMU: 8,
    basis.SB_TAUTAU: 8,
    basis.SB_TAUMU: 16,
    basis.SB_TAUE: 16,
    basis.SB_EMU: 16,
    basis.DB_EE: 8,
    basis.DB_MUMU: 8,
    basis.DB_TAUTAU: 8,
    basis.DB_TAUMU: 16,
    basis.DB_TAUE: 16,
    basis.DB_EMU: 16,
    basis.SB_NUNU: 18,
    basis.CB_ENU: 15,
    basis.CB_MUNU: 15,
    basis.CB_TAUNU: 15,
    basis.UB_TAUNU: 15,
    basis.SBSB: 8,
    basis.DBDB: 8,
    basis.SDSD: 8,
    basis.CUCU: 8,
    basis.SD_NUNU: 18,
    basis.CS_TAUNU: 12,
    basis.CD_TAUNU: 12,
    basis.US_TAUNU: 12,
    basis.UD_TAUNU: 12,
    basis.SB_NUNU_SCALAR: 12,
    basis.SB_NUNU_TENSOR: 3,
}


def test_sectors_make_up_the_basis_without_repetition():
    names = [name for sector in SECTORS for name in sector]
    assert len(set(names)) == len(names)
    assert set(names) == set(basis.WET.coefficients)


@pytest.mark.parametrize(("sector", "count"), SECTORS.items())
def test_sector_is_complete_and_a_part_of_the_basis(sector, count):
    assert len(sector) == count
    own = basis.part(sector)
    assert own.same_theory(basis.WET)
    assert all(name in basis.WET for name in own.coefficients)


def test_names_are_those_of_wcxf():
    wcxf = pytest.importorskip("wilson.wcxf", reason="wilson (extra 'running') is not installed")
    known = set(wcxf.Basis["WET", "flavio"].all_wcs)
    own = {*basis.SB_NUNU_SCALAR, *basis.SB_NUNU_TENSOR}
    assert set(basis.WET.coefficients) - own <= known
    assert set(IN_WCXF.coefficients) <= known
    assert not own & (known | set(IN_WCXF.coefficients))


def test_wrong_name_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="C9_bstautau"):
        Wilson.from_mapping(basis.WET, 4.8, {"C9_bstatau": 1.0})
