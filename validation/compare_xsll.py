"""B -> X_s l l of flavio 2.7.1 at random complex points, for tests/decays/test_b_to_xsll.py: writes the reference.

flavio's scale is set to nutau's, 4.8 GeV. Run with the Python of an environment that has flavio 2.7.1.
"""

import json
from pathlib import Path

import flavio
import numpy as np

OUT = Path(__file__).parents[1] / "tests/reference/flavio_2.7.1_xsll.json"
SIZES = {"C9": 2.0, "C9p": 2.0, "C10": 2.0, "C10p": 2.0, "CS": 0.15, "CSp": 0.15, "CP": 0.15, "CPp": 0.15}
DIPOLES = {"C7_bs": 0.1, "C7p_bs": 0.1, "C8_bs": 0.2}
PLACES = {"B->Xsee": (1.0, 6.0, 15.0), "B->Xsmumu": (1.0, 3.5, 6.0, 15.0, 18.0), "B->Xstautau": (15.0, 18.0)}
BINS = (("B->Xsmumu", 1.0, 6.0), ("B->Xsmumu", 14.4, 20.0))


def main() -> None:
    """Four points, the first of them the Standard Model."""
    flavio.config["renormalization scale"]["bxll"] = 4.8
    rng = np.random.default_rng(11)
    points = []
    for number in range(4):
        sizes = {
            f"{name}_bs{pair}": size for pair in ("ee", "mumu", "tautau") for name, size in SIZES.items()
        }
        sizes |= DIPOLES
        point = {k: complex(*(v * rng.normal(size=2))) if number else 0j for k, v in sizes.items()}
        wilson = flavio.WilsonCoefficients()
        wilson.set_initial(point, scale=4.8, eft="WET", basis="flavio")
        values = [
            [f"dBR/dq2({name})", [q2], flavio.np_prediction(f"dBR/dq2({name})", wilson, q2=q2)]
            for name, places in PLACES.items()
            for q2 in places
        ]
        for name, low, high in BINS if number < 2 else ():
            found = flavio.np_prediction(f"<BR>({name})", wilson, q2min=low, q2max=high)
            values.append([f"<BR>({name})", [low, high], found])
        numbers = {key: [value.real, value.imag] for key, value in point.items()}
        points.append({"coefficients": numbers, "values": [[n, q, float(np.real(v))] for n, q, v in values]})
    OUT.write_text(json.dumps({"flavio": flavio.__version__, "points": points}, indent=1) + "\n")


if __name__ == "__main__":
    main()
