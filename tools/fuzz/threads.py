"""Threads: many at once on the first call of a fresh process, which all must get what one alone gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fuzz.dice import Dice
from fuzz.verdict import PATIENCE, Case

CALLS = (
    "nutau.predict(['R(D)', 'Rnunu(K)'], {'CVL_bctaunutau': 0.1}, draws=2)",
    "nutau.predict('Rtautau(K)', nutau.U1(2000, x1LL={'33': 1.0, '23': 0.1}), draws=2)",
    "nutau.load_dataset('2026')",
    "nutau.fit(['CVL_bctaunutau'], data='2026', draws=2)",
    "nutau.values('R(D)', nutau.S3(2000.0, y3LL={'33': 1.0, '23': 0.1}))",
    "jax.grad(lambda x: nutau.values('R(D)', nutau.S3(2000.0, y3LL={'33': x, '23': 0.1})).sum())(1.0)",
)
SCRIPT = """
import sys, threading
import nutau
calls, threads = eval(sys.argv[1]), int(sys.argv[2])
if any("jax" in call for call in calls):
    import jax
    jax.config.update("jax_enable_x64", True)
ready, wrong, found = threading.Barrier(threads), [], {}
def work(call):
    ready.wait()
    try:
        answer = repr(eval(call))
        if found.setdefault(call, answer) != answer:
            wrong.append(f"{call}: two answers")
    except BaseException as error:
        wrong.append(f"{call}: {type(error).__name__}: {error}")
all_of_them = [threading.Thread(target=work, args=(calls[i % len(calls)],)) for i in range(threads)]
for thread in all_of_them: thread.start()
for thread in all_of_them: thread.join()
print(wrong[0] if wrong else "", end="")
"""


def attack(dice: Dice, folder: Path) -> Iterator[Case]:
    """Fresh processes for some seconds, each with 2 to 32 threads."""
    for rng in dice:
        calls, threads = rng.sample(CALLS, rng.randrange(1, 4)), rng.choice([2, 8, 32])
        command = [sys.executable, "-c", SCRIPT, repr(calls), str(threads)]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, check=False, timeout=5 * PATIENCE
            )
            wrong = done.stdout or (done.stderr[-300:] if done.returncode else "")
        except subprocess.TimeoutExpired:
            wrong = f"still running after {5 * PATIENCE} s"
        yield Case("threads", f"{threads} threads: {calls}", wrong)
