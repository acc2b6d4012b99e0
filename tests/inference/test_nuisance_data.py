"""Measurements that no parameter moves stay where they bind the theory of those that one moves."""

import numpy as np
import pytest

import nutau
from nutau.errors import InputError
from nutau.inference.likelihood import likelihood, parametrisation

DRAWS = 400


@pytest.fixture(scope="module")
def made():
    chosen = parametrisation(["CL_bsnutaunutau"])
    return {
        name: likelihood("2026", chosen, mode="fast", draws=DRAWS, alternative=False, **options)
        for name, options in (
            ("moved", {}),
            ("kept", {"keep_nuisance_data": True}),
            ("all", {"all_data": True}),
        )
    }


def names(found):
    return {entry.name for entry in found.experiment.measurements}


def test_what_is_kept_lies_between_what_is_moved_and_all(made):
    assert names(made["moved"]) < names(made["kept"]) < names(made["all"])
    assert set(made["kept"].unaffected) == set(made["moved"].unaffected) - names(made["kept"])
    order = [entry.name for entry in nutau.load_dataset("2026").measurements]
    kept = [entry.name for entry in made["kept"].experiment.measurements]
    assert kept == sorted(kept, key=order.index)


def test_what_is_kept_shares_errors_and_what_is_not_does_not(made):
    """Draws of the observables themselves, in the Standard Model."""
    moved = [item for entry in made["moved"].experiment.measurements for item in entry.observables]
    more = [entry for entry in made["all"].experiment.measurements if entry.name not in names(made["moved"])]
    items = list(dict.fromkeys([*moved, *(item for entry in more for item in entry.observables)]))
    drawn = made["all"].origin.formulas(items, made["all"].parametrisation)
    values = np.array([np.broadcast_to(np.asarray(one.draws.sm).real, (DRAWS,)) for one in drawn])
    spread = values.std(axis=1)
    varied = spread > 1e-12 * np.abs(values).max(axis=1)
    place = {item: number for number, item in enumerate(items)}
    for entry in more:
        largest = max(
            abs(np.corrcoef(values[place[item]], values[place[other]])[0, 1])
            if varied[place[item]] and varied[place[other]]
            else 0.0
            for item in entry.observables
            for other in moved
        )
        # readouts as roots are not linear in what is drawn: the border, 0.2, is left out
        if largest > 0.3:
            assert entry.name in names(made["kept"]), (entry.name, largest)
        elif largest < 0.1:
            assert entry.name not in names(made["kept"]), (entry.name, largest)


def test_what_is_kept_can_only_add_to_what_is_known(made):
    """-2 log L of more data is no smaller; the profile of the parameter changes by way of the theory alone."""
    points = np.linspace(-12.0, 2.0, 15)[:, None]
    first, second = made["moved"].chi2(points), made["kept"].chi2(points)
    assert np.all(second > first - 1e-9)
    assert np.ptp(second - first) > 1e-6


def test_without_theory_errors_there_is_nothing_to_share():
    with pytest.raises(InputError, match="without theory errors"):
        nutau.fit(["CL_bsnutaunutau"], draws=0, keep_nuisance_data=True)
