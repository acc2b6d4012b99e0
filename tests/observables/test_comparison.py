"""nutau.compare_inputs, and the spread over form factors in a budget."""

import numpy as np
import pytest

import nutau
from nutau.common.yaml_files import entries
from nutau.errors import InputError
from nutau.inputs import form_factor_choices, load_inputs
from nutau.observables.choice import CHOICE, spread
from nutau.report.citations import Recorder


def once():
    """The catalogue; of the angular observables of one decay, which share its amplitudes, the first three alone."""
    found, seen = [], {}
    for item in nutau.catalogue():
        key = tuple(row.name for _, row in item.processes)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= 3 or "tau" in item.name:
            found.append(item)
    return found


@pytest.mark.parametrize("observable", once(), ids=lambda item: item.name)
def test_the_channels_are_those_whose_form_factors_are_read(observable):
    inputs = load_inputs("default")
    recorder = Recorder(inputs.parameters.mapping())
    q2 = np.array([0.5 * sum(observable.edges(inputs))]) if observable.kind == "point" else None
    observable.build(nutau.observables.Rates(inputs, recorder), q2)
    read = {
        name for name, one in inputs.form_factors.items() if not recorder.read.keys().isdisjoint(one.names)
    }
    assert set(observable.channels) == read


@pytest.fixture(scope="module")
def found():
    return nutau.compare_inputs(["BR(B0->K*nunu)", "BR(Bs->tautau)"], draws=50)


def test_every_row_is_a_prediction(found):
    for row in found:
        form_factors = {row.channel: row.determination} if row.channel else {}
        inputs = load_inputs(row.inputs, form_factors=form_factors)
        (made,) = nutau.predict(row.observable, inputs=inputs, draws=50)
        assert row.value == pytest.approx(made.value, rel=1e-12)
        assert row.uncertainty == pytest.approx(made.uncertainty, rel=1e-9)
        assert row.chosen == (inputs.choices == load_inputs().choices and row.inputs == "default")


def test_all_determinations_of_used_channels_and_all_input_sets_are_there(found):
    rows = found.of("BR(B0->K*nunu)")
    assert [row.determination for row in rows if row.channel] == list(form_factor_choices()["B->K*"])
    assert {row.channel for row in rows} == {"B->K*", ""}
    for name in found.observables:
        assert [row.inputs for row in found.of(name) if not row.channel] == list(entries("inputs"))
    assert [row for row in found.of("BR(Bs->tautau)") if row.channel] == []


def test_the_spread_is_that_of_the_rows_and_of_the_budget(found):
    values = [row.value for row in found.of("BR(B0->K*nunu)") if row.channel and row.trusted]
    half = 0.5 * (max(values) - min(values))
    assert found.spread == {"BR(B0->K*nunu)": pytest.approx(half, rel=1e-12)}
    budget = nutau.error_budget(["BR(B0->K*nunu)", "BR(Bs->tautau)"], draws=2)
    assert budget.spread == pytest.approx(found.spread, rel=1e-12)
    assert budget.to_dict()["spread"] == budget.spread
    assert budget.columns()["source"][-1] == CHOICE
    assert budget.table()[-1] == (CHOICE, "8.8e-07", "–")
    assert CHOICE not in budget["BR(B0->K*nunu)"]
    assert "it is in no total" in budget.notes[-1]
    assert nutau.error_budget("BR(Bs->tautau)", draws=2).notes == ()


def test_old_numbers_span_what_the_issue_saw():
    """BR(B0 -> K*0 nu nu) is 8.05e-6 to 9.81e-6 with the parameters of flavio 2.7, more than its error."""
    rows = nutau.compare_inputs("BR(B0->K*nunu)", inputs="flavio-2.7", draws=0).of("BR(B0->K*nunu)")
    values = sorted(1e6 * row.value for row in rows if row.channel)
    assert [values[0], values[-1]] == pytest.approx([8.05, 9.81], abs=0.005)


def test_flag21_is_high_and_does_not_count():
    made = nutau.compare_inputs("BR(B+->Knunu)", draws=0)
    rows = {row.determination: row for row in made if row.channel}
    assert rows["flag21"].value / rows["lattice"].value == pytest.approx(1.094, abs=0.002)
    assert (rows["flag21"].remark, rows["lattice"].remark) == (
        "superseded by lattice, not verified",
        "chosen",
    )
    assert made.spread["BR(B+->Knunu)"] < 0.02 * rows["lattice"].value
    assert nutau.error_budget("BR(B+->Knunu)", draws=2).spread == pytest.approx(made.spread, rel=1e-12)


def test_channels_add_in_quadrature():
    assert spread({"B->D": [1.0, 4.0, 7.0], "B->D*": [8.0, 0.0], "B->K": [5.0]}) == pytest.approx(5.0)
    assert spread({"B->K": [5.0]}) is None
    assert spread({"B->K": [1.0, 1.0 + 1e-15]}) == 0.0


def test_a_comparison_takes_the_options_of_a_prediction():
    name, q2 = "<dBR/dq2>(B+->Knunu)", (10.0, 20.0)
    wilson = {"CL_bsnutaunutau": 2.0}
    made = nutau.compare_inputs([name, "R(D)"], wilson, q2=q2, draws=0, tree=True)
    row = nutau.predict(name, wilson, q2=q2, draws=0, tree=True)[0]
    own = [item for item in made.of(f"{name} [10, 20]") if item.chosen]
    assert [item.value for item in own] == [row.value] * 2
    assert "R(D) does not depend on" in made.warnings[0]


def test_points_of_a_spectrum_have_rows_each():
    made = nutau.compare_inputs("dBR/dq2(B+->Knunu)", q2=[2.0, 20.0], draws=0)
    assert made.observables == ("dBR/dq2(B+->Knunu) at 2", "dBR/dq2(B+->Knunu) at 20")
    budget = nutau.error_budget("dBR/dq2(B+->Knunu)", q2=[2.0, 20.0], draws=2)
    assert budget.spread == pytest.approx(made.spread, rel=1e-12)


def test_a_set_of_ones_own_stands_beside_those_of_nutau():
    mine = load_inputs(form_factors={"B->K": "hpqcd22"})
    made = nutau.compare_inputs("BR(B+->Knunu)", inputs=mine, draws=0)
    sets = [row.inputs for row in made if not row.channel]
    assert sets == ["default, changed", *entries("inputs")]
    assert [row.determination for row in made if row.chosen] == ["hpqcd22", "hpqcd22"]


def test_tables_have_all_rows(found):
    assert len(found.table()) == len(found) == len(next(iter(found.columns().values())))
    assert found.columns().keys() >= {"observable", "channel", "determination", "sources", "superseded_by"}
    assert {len(row) for row in found.table()} == {len(found.headings)}
    assert "input sets differ" in str(found)
    assert "<table>" in found._repr_html_()


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ([], {}, "No observables to compare"),
        ("R(E)", {}, r"Unknown observable 'R\(E\)'"),
        ("R(D)", {"inputs": "letter"}, "have no parameters to vary"),
        ("R(D)", {"inputs": "flavio"}, r"Known: default, flavio-2\.4, flavio-2\.7\.|Did you mean 'flavio-2"),
        ("R(D)", {"q2": (1, 2)}, "would not be used"),
        ("R(D)", {"tree": True}, "`tree=True` would not be used"),
        ("R(D)", {"point": {"CVL_bctaunutau": np.array([0.0, 0.1])}, "draws": 0}, "for one point"),
    ],
)
def test_bad_comparisons_are_refused(given, options, message):
    with pytest.raises(InputError, match=message):
        nutau.compare_inputs(given, **options)


def test_an_observable_that_is_not_there_is_named(found):
    with pytest.raises(InputError, match=r"'R\(D\)' is not in this comparison: BR\(B0->K\*nunu\)"):
        found.of("R(D)")


def test_an_old_determination_that_was_chosen_is_said_once():
    inputs = load_inputs(form_factors={"B->K": "flag21"})
    (warning,) = nutau.compare_inputs("BR(B+->Knunu)", inputs=inputs, draws=0).warnings
    assert warning == "form factors B->K: flag21 is superseded by lattice, not verified."
    assert nutau.compare_inputs("BR(B+->Knunu)", draws=0).warnings == ()
