"""jelli: nutau's POPxf file at the WET point. Argument: the file. Prints JSON."""

import json
import sys
import time
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
import jax  # noqa: E402

jax.config.update("jax_enable_x64", True)
import numpy as np  # noqa: E402
from jelli.core.global_likelihood import get_wc_basis  # noqa: E402
from jelli.core.observable_sector import ObservableSector  # noqa: E402

from points import WET_POINT  # noqa: E402

ObservableSector.load(sys.argv[1])
(name,) = ObservableSector.get_all_names("WET", "flavio")
sector = ObservableSector.get(name)
order = get_wc_basis(eft="WET", basis="flavio", sector=None, split_re_im=True)
values = np.zeros(len(order))
for coefficient, value in WET_POINT.items():
    values[order.index((coefficient, "R"))] = value
data = sector.get_prediction_data("WET", "flavio")
predict = jax.jit(lambda x: sector.prediction(x, 4.8, data)[0])
found = np.asarray(predict(values))
start = time.process_time()
for _ in range(100):
    predict(values).block_until_ready()
seconds = (time.process_time() - start) / 100
wet = dict(zip(sector.observable_names, found.tolist(), strict=True))
print(json.dumps({"program": "jelli", "version": version("jelli"), "wet": wet, "seconds per point": seconds}))
