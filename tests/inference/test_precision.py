"""A session in which JAX computes with 32 bits, its default, gets the same answers from every question of inference."""

import json
import subprocess
import sys

import pytest

QUESTIONS = {
    "fit": "found.to_dict()",
    "derivatives": "nutau.likelihood(['delta'], fixed={'kappa': 0.7}, **less).derivatives([0.06])",
    "toys": "found.with_toys(16)",
    "fc": "found.by_method('fc', toys=8)",
    "predict": "found.predict(['R(D)'])",
    "leave one out": "found.leave_one_out()",
    "impacts": "found.impacts()",
    "forecast": "nutau.forecast((5.0,), models=['U1'], toys=4, **less)",
    "expected": (
        "nutau.forecast((5.0,), parameters=['delta'], fixed={'kappa': 0.7}, toys=4, truth='delta=0.05', **less)"
    ),
}
SESSION = """
import json, sys, nutau
less = dict(data='2026-core', draws=20)
found = nutau.fit(['delta'], '2026-core', fixed={'kappa': 0.7}, draws=20)
wrong = {}
for name, question in json.loads(sys.argv[1]).items():
    try:
        eval(question)
    except Exception as error:
        wrong[name] = f"{type(error).__name__}: {error}"
import jax
assert not jax.config.jax_enable_x64
print(json.dumps(wrong))
"""


@pytest.fixture(scope="module")
def wrong():
    """What fails in a session of its own, by question."""
    done = subprocess.run(
        [sys.executable, "-c", SESSION, json.dumps(QUESTIONS)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_session_with_32_bits_is_answered(wrong, question):
    assert question not in wrong, wrong[question]
