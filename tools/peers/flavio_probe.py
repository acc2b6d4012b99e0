"""flavio and wilson: SM values, a WET point, SMEFT points. Prints JSON."""

import json
import time
import warnings

warnings.simplefilter("ignore")
import flavio  # noqa: E402
import wilson  # noqa: E402

from points import C3, KAPPAS, SM_OBSERVABLES, SMEFT_COEFFICIENTS, SMEFT_OBSERVABLES, SMEFT_SCALE, WET_POINT  # noqa: E402


def value(name, q2, w=None):
    arguments = q2 or ()
    return float(
        flavio.sm_prediction(name, *arguments) if w is None else flavio.np_prediction(name, w, *arguments)
    )


point = wilson.Wilson(WET_POINT, 4.8, "WET", "flavio")
found = {"program": "flavio", "version": flavio.__version__, "wilson": wilson.__version__}
found["sm"] = {name: value(name, q2) for name, q2 in SM_OBSERVABLES}
start = time.process_time()
found["wet"] = {name: value(name, q2, point) for name, q2 in SM_OBSERVABLES}
found["seconds per point"] = time.process_time() - start
found["smeft"] = {}
for kappa in KAPPAS:
    w = wilson.Wilson({"lq3_3323": C3, "lq1_3323": kappa * C3}, SMEFT_SCALE, "SMEFT", "Warsaw")
    low = w.match_run(4.8, "WET", "flavio")
    found["smeft"][str(kappa)] = {
        "coefficients": {name: low[name].real for name in SMEFT_COEFFICIENTS},
        "ratios": {name: value(name, None, w) / value(name, None) for name in SMEFT_OBSERVABLES},
    }
print(json.dumps(found))
