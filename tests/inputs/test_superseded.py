"""Form factors that are superseded or not verified: a user who chooses them is told so, once."""

import nutau
from nutau.common.yaml_files import entries
from nutau.inference.likelihood import likelihood, parametrisation
from nutau.inputs import form_factor_choices, load_inputs

OLD = "form factors B->K: flag21 is superseded by lattice, not verified."


def test_an_old_determination_that_was_chosen_is_said_once():
    inputs = load_inputs(form_factors={"B->K": "flag21", "Lambdab->Lambda": "dm16-nominal"})
    assert nutau.predict(["BR(B+->Knunu)", "BR(B0->Knunu)"], inputs=inputs, draws=0).warnings == (OLD,)
    assert nutau.error_budget("BR(B+->Knunu)", inputs=inputs, draws=2).warnings == (OLD,)
    (other,) = nutau.predict("BR(Lambdab->Lambdanunu)", inputs=inputs, draws=0).warnings
    assert other.endswith("dm16-nominal is not verified; the input set default takes dm16.")
    assert nutau.predict("R(D)", inputs=inputs, draws=0).warnings == ()


def test_input_sets_that_come_with_nutau_are_not_doubted():
    for name in entries("inputs"):
        assert load_inputs(name).doubts == {}


def test_a_file_is_doubted_for_what_it_chooses(tmp_path):
    path = tmp_path / "mine.yaml"
    for text, warned in (
        ("extends: default\nform_factors: {B->K: flag21}\n", {"B->K": OLD}),
        ("extends: flavio-2.4\n", {}),
        ("extends: default\nform_factors: {B->K: hpqcd22}\n", {}),
    ):
        path.write_text(text)
        assert load_inputs(path).doubts == warned
    base = tmp_path / "base.yaml"
    base.write_text("extends: default\nform_factors: {B->K: flag21}\n")
    path.write_text("extends: base.yaml\n")
    assert load_inputs(path).doubts == {"B->K": OLD}
    path.write_text("extends: base.yaml\nform_factors: {B->K: lattice}\n")
    assert load_inputs(path).doubts == {}


def test_what_supersedes_exists_and_is_not_superseded():
    for channel, names in form_factor_choices().items():
        records = {name: load_inputs(form_factors={channel: name}).form_factor(channel) for name in names}
        replaced = [record for record in records.values() if record.superseded_by]
        assert all(not records[record.superseded_by].doubt for record in replaced)
        assert not load_inputs().form_factor(channel).doubt


def test_a_fit_says_it_too():
    inputs = load_inputs(form_factors={"B->K": "flag21"})
    for parameters, doubts in (("C9_bstautau", (OLD,)), ("CVL_bctaunutau", ())):
        made = likelihood("2026", parametrisation([parameters]), inputs=inputs, draws=2)
        assert made.doubts == doubts
