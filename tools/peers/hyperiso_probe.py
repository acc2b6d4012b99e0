"""HyperIso: SM values with its default input file. Prints JSON on the last line."""

import json
import os
import tempfile
import time
from importlib.metadata import version

os.chdir(tempfile.mkdtemp())  # it writes files where it stands
from pyhyperiso.Common import BinnedObservableId, ObservableMapper, Observables, QCDOrder  # noqa: E402
from pyhyperiso.Core import HyperisoMaster  # noqa: E402
from pyhyperiso.Observable import ObservableInterface  # noqa: E402

HyperisoMaster().init("lha/si_input.flha")
program = ObservableInterface()
sm = {}
start = time.process_time()
for name, observable in (("Rtaul(B->Dlnu)", Observables.R_D0), ("Rtaul(B->D*lnu)", Observables.R_DSTAR0)):
    program.add_observable(observable, QCDOrder.LO)
    sm[name] = program.compute_observable_central(observable)
for name, observable, q2 in (
    ("<dBR/dq2>(B+->Ktautau)", Observables.DBR_DQ2_B__K_TAU_TAU, (15.0, 22.0)),
    ("<dBR/dq2>(B0->K*tautau)", Observables.DBR_DQ2_B0__KSTAR0_TAU_TAU, (15.0, 19.0)),
):
    binned = BinnedObservableId(ObservableMapper.str(observable), q2)
    program.add_binned_observable(binned, QCDOrder.NNLO)
    sm[name] = program.compute_binned_observable(binned).value
seconds = time.process_time() - start
found = {"program": "HyperIso", "version": version("pyhyperiso"), "sm": sm, "seconds per point": seconds}
print("\n" + json.dumps(found))
