"""What flavio predicts in the Standard Model for the measurements of ``make_bsll_measurements.py``.

    pip install 'flavio==2.7.1' && python tools/make_bsll_reference.py
    tests/reference/flavio_2.7.1_bsll.json

The tests hold the measurements against it: a wrong sign, factor, unit or bin is many uncertainties away from any
theory. Takes a minute.
"""

import json
import warnings
from pathlib import Path

import flavio
import yaml

HERE = Path(__file__).parent
DATA = HERE.parent / "src" / "nutau" / "data" / "measurements"
FILE = HERE.parent / "tests" / "reference" / "flavio_2.7.1_bsll.json"
IN_PS = 1.519267447878626e12
"""One ps in 1/GeV, as in flavio's data file."""


def main() -> None:
    """Write the reference."""
    warnings.simplefilter("ignore")  # bins above 6 GeV²
    found: dict[str, float] = {}
    for name in yaml.safe_load((HERE / "bsll_measurements.yaml").read_text(encoding="utf-8")):
        document = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
        for row in (row for entry in document["measurements"] for row in entry["values"]):
            observable, q2 = row["observable"], row.get("q2", [])
            label = f"{observable}[{q2[0]:g}, {q2[1]:g}]" if q2 else observable
            if label not in found:
                value = float(flavio.sm_prediction(observable, *q2))
                found[label] = value / IN_PS if observable == "tau_mumu" else value
    head = {"flavio": flavio.__version__, "generator": f"tools/{Path(__file__).name}"}
    text = {label: float(f"{value:.4g}") for label, value in found.items()}
    FILE.write_text(json.dumps({**head, "predictions": text}, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
