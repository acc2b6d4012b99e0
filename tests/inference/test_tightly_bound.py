"""A coupling that data bind tightly does not hide the others: significances count them."""

import numpy as np
import pytest

from nutau.inference.likelihood import likelihood
from nutau.inference.likelihood.fields import fields
from nutau.inference.likelihood.scales import influence
from nutau.inputs import load_inputs


@pytest.mark.parametrize(
    ("name", "point"), [("Z'", [1.0, -0.016, 3.5]), ("U1", [1.1, 1.2])], ids=["Z' in b-s mixing", "U1"]
)
def test_couplings_count_that_move_predictions_at_a_good_fit(name, point):
    """At 4 TeV gq_23 of a Z' is bound to 0.03 by B_s mixing, where gl_33 may be 3; near the best fit data see all."""
    made = likelihood(
        "2026-models",
        fields(name, 4000.0, structure="minimal", inputs=load_inputs("default")),
        alternative=False,
        draws=50,
    )
    there = np.linalg.svd(influence(made, np.array(point)), compute_uv=False)
    assert made.effective_parameters == np.count_nonzero(there > 0.1) == len(point)
