"""Write data/standard_model/charm_parts.npz: the two-loop functions of O_1 and O_2, by the charge of the quark.

F_2^(7), F_1^(9) and F_2^(9) of Asatrian, Greub and Virto (arXiv:1912.09099), as EOS has them, in two parts: the photon
couples to the charm quark (``charm``, at q² < 0), or to the b and s quarks (``rest``, at q² > 0; of the nines s times
the function). F_1^(7) is -F_2^(7)/6 in both. Axes: mu/m_b, m_c²/m_b², s = q²/m_b². Run with the Python of an
environment that has EOS 1.0.21 (``eoshep``); a quarter of an hour.
"""

from pathlib import Path

import eos
import numpy as np
from scipy.interpolate import CubicSpline

OUT = Path(__file__).parents[1] / "src/nutau/data/standard_model/charm_parts.npz"
NAMES = ("F27", "F19", "F29")
MUH = np.array([0.9, 1.0, 1.1])
Z = np.linspace(0.06, 0.135, 4)
SPACELIKE = np.linspace(-0.42, -0.03, 7)
TIMELIKE = np.array([1e-4, 0.002, 0.006, 0.015, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.36, 0.44])
MASS = 4.9


def value(parameters: eos.Parameters, name: str, part: str, muh: float, z: float, s: float) -> complex:
    """One function at one point; EOS has no value on a few edges of its cases, and one a millionth beside them."""
    for key, number in (("mass::b(MSbar)", MASS), ("mass::c", MASS * z**0.5), ("sb::mu", MASS * muh)):
        parameters[key].set(number)
    options = eos.Options(contribution=part)

    def at(x: float) -> complex:
        where = eos.Kinematics(**{"Re{q2}": x * MASS**2, "Im{q2}": 0.0})
        names = (f"b->s::{side}{{{name}}}(Re{{q2}},Im{{q2}})" for side in ("Re", "Im"))
        return complex(*(eos.Observable.make(one, parameters, where, options).evaluate() for one in names))

    try:
        return at(s)
    except RuntimeError:
        return at(s * (1.0 + 1e-6))


def main() -> None:
    """Both parts."""
    parameters = eos.Parameters()

    def table(part: str, s: np.ndarray, timelike: bool) -> np.ndarray:
        return np.array(
            [
                [
                    [
                        [value(parameters, name, part, a, z, x) * (x if timelike and k else 1.0) for x in s]
                        for z in Z
                    ]
                    for a in MUH
                ]
                for k, name in enumerate(NAMES)
            ]
        )

    rest = table("Qsb", TIMELIKE, True)
    start = np.stack([rest[0, ..., :1], *np.zeros((2, len(MUH), len(Z), 1))])  # s F9 vanishes at s = 0
    slopes = CubicSpline(TIMELIKE, rest, axis=-1)(TIMELIKE, 1)
    first = (rest[..., :1] - start) / TIMELIKE[0]
    np.savez_compressed(
        OUT,
        muh=MUH,
        z=Z,
        spacelike=SPACELIKE,
        timelike=np.concatenate([[0.0], TIMELIKE]),
        charm=table("Qc", SPACELIKE, False),
        rest=np.concatenate([start, rest], axis=-1),
        slopes=np.concatenate([first, slopes], axis=-1),
        source=np.array(f"Asatrian:2019kbk; numbers of EOS {eos.__version__}; order F27 F19 F29"),
    )


if __name__ == "__main__":
    main()
