"""EOS: SM values with its default parameters. Prints JSON."""

import json
import time

import eos

QUESTIONS = {
    "BR(B+->Knunu)": ("B->Knunu::BR", {"q2_min": 0.0, "q2_max": 22.9}, {"q": "u"}, 1.0),
    "BR(B0->K*nunu)": ("B->K^*nunu::BR", {"q2_min": 0.0, "q2_max": 19.2}, {"q": "d"}, 1.0),
    "<dBR/dq2>(B+->Ktautau)": ("B->Kll::BR", {"q2_min": 15.0, "q2_max": 22.0}, {"l": "tau", "q": "u", "tag": "GP2004"}, 7.0),
    "<dBR/dq2>(B0->K*tautau)": ("B->K^*ll::BR", {"q2_min": 15.0, "q2_max": 19.0}, {"l": "tau", "q": "d", "tag": "GP2004"}, 4.0),
    "Rtaul(B->Dlnu)": ("B->Dlnu::R_D", {"q2_mu_min": 0.012, "q2_mu_max": 11.6, "q2_tau_min": 3.16, "q2_tau_max": 11.6}, {}, 1.0),
    "Rtaul(B->D*lnu)": ("B->D^*lnu::R_D^*", {"q2_mu_min": 0.012, "q2_mu_max": 10.68, "q2_tau_min": 3.16, "q2_tau_max": 10.68}, {}, 1.0),
    "BR(Bs->tautau)": ("B_q->ll::BR@Untagged", {}, {"l": "tau", "q": "s"}, 1.0),
}  # fmt: skip

parameters = eos.Parameters.Defaults()
made = {
    name: (
        eos.Observable.make(qualified, parameters, eos.Kinematics(**kinematics), eos.Options(**options)),
        width,
    )
    for name, (qualified, kinematics, options, width) in QUESTIONS.items()
}
sm = {name: observable.evaluate() / width for name, (observable, width) in made.items()}
start = time.process_time()
for observable, _ in made.values():
    observable.evaluate()
seconds = time.process_time() - start
print(json.dumps({"program": "EOS", "version": eos.__version__, "sm": sm, "seconds per point": seconds}))
