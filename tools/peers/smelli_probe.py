"""smelli: the likelihoods of these decays at the WET point, with the predictions in them. Prints JSON."""

import json
import time
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
import smelli  # noqa: E402

from points import SM_OBSERVABLES, WET_POINT  # noqa: E402

PARTS = ["likelihood_rd_rds.yaml", "likelihood_bqnunu.yaml", "likelihood_lfu_fcnc.yaml"]
likelihood = smelli.GlobalLikelihood(eft="WET", basis="flavio", include_likelihoods=PARTS)
start = time.process_time()
point = likelihood.parameter_point(WET_POINT, 4.8)
delta = {name: float(value) for name, value in point.log_likelihood_dict().items()}
seconds = time.process_time() - start
table = point.obstable()
names = [name for name, q2 in SM_OBSERVABLES if q2 is None and name in table.index]
print(json.dumps({
    "program": "smelli", "version": version("smelli"), "seconds per point": seconds, "log likelihood": delta,
    "wet": {name: float(table["theory"][name]) for name in names},
    "data": {name: [float(table["experiment"][name]), float(table["exp. unc."][name])] for name in names},
}))  # fmt: skip
