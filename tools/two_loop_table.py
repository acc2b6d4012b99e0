"""Write src/nutau/data/standard_model/two_loop_functions.npz from the table that flavio ships.

The functions F_1^(7), F_2^(7), s F_1^(9), s F_2^(9) of O_1 and O_2 (Greub, Pilipp, Schuepbach,
arXiv:0810.4077, whose sources hold the code that made the numbers) on a grid in mu/m_b, m_c^2/m_b^2 and s =
q^2/m_b^2. Kept: the planes around mu/m_b = 1, where 4.8 GeV lies for any b mass, all m_c^2/m_b^2, all s;
added: the slopes in s of the cubic splines (not-a-knot) through each row, one up to s = 0.39 and one from
0.42: there the table changes from an expansion at small s to one above the charm threshold, and jumps. Run
with the Python of an environment that has flavio 2.7.1 and scipy.
"""

from pathlib import Path

import numpy as np
from flavio import __version__
from flavio.physics.bdecays import matrixelements
from scipy.interpolate import CubicSpline

OUT = Path(__file__).parents[1] / "src/nutau/data/standard_model/two_loop_functions.npz"
JUMP = 0.405


def main() -> None:
    muh, z, s = matrixelements._f_x, matrixelements._f_y, matrixelements._f_z
    names = ("_f_val_17", "_f_val_27", "_f_val_19", "_f_val_29")
    keep = np.isin(np.round(muh, 6), (0.9, 1.0, 1.1))
    values = np.stack([getattr(matrixelements, name)[keep] for name in names])
    parts = np.split(np.arange(len(s)), [np.searchsorted(s, JUMP)])
    slopes = [CubicSpline(s[part], values[..., part], axis=-1)(s[part], 1) for part in parts]
    np.savez_compressed(
        OUT,
        muh=muh[keep],
        z=z,
        s=s,
        values=values,
        slopes=np.concatenate(slopes, axis=-1),
        source=np.array(
            f"Greub:2008cy; numbers as in flavio {__version__} (f_12_79.dat); order F17 F27 sF19 sF29"
        ),
    )


if __name__ == "__main__":
    main()
