"""The same input set with other form factors: one channel exchanged, all else as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nutau.inputs.assemble import Block
from nutau.inputs.load import form_factor_choices, shipped_form_factors
from nutau.inputs.parameters import Parameters
from nutau.inputs.record import Inputs


def with_form_factors(inputs: Inputs, channel: str, name: str) -> Inputs:
    """The input set with the determination ``name`` of the form factors of a channel, as it was published.

    Whatever else the set holds stays, wherever it is from. Raises :class:`InputError` for a name that does not exist.

    >>> from nutau.inputs import load_inputs
    >>> with_form_factors(load_inputs("default"), "B->K", "hpqcd22").choices["B->K"]
    'hpqcd22'
    """
    old = inputs.form_factor(channel)
    if name == old.name:
        return inputs
    record, block = shipped_form_factors(channel, name)
    records = {**inputs.form_factors, channel: record}
    others = {name for one in records.values() if one is not record for name in one.names}
    parameters = _exchanged(
        inputs.parameters, set(old.names) - others, block
    )  # B -> D and D* may share theirs
    doubts = {other: text for other, text in inputs.doubts.items() if other != channel}
    return replace(inputs, parameters=parameters, form_factors=records, doubts=doubts)


def with_each_determination(inputs: Inputs, channel: str) -> tuple[Inputs, ...]:
    """The input set with every determination of a channel that comes with nutau, and its own if that is another."""
    names = dict.fromkeys((*form_factor_choices().get(channel, ()), inputs.form_factor(channel).name))
    return tuple(with_form_factors(inputs, channel, name) for name in names)


def _exchanged(given: Parameters, dropped: set[str], block: Block) -> Parameters:
    """The parameters without those ``dropped``, and with those of ``block`` that are not there already."""
    kept = [i for i, name in enumerate(given.names) if name not in dropped]
    stays = {given.names[i] for i in kept}
    new = [i for i, name in enumerate(block.names) if name not in stays]
    covariance = np.zeros((len(kept) + len(new),) * 2)
    covariance[: len(kept), : len(kept)] = np.asarray(given.covariance)[np.ix_(kept, kept)]
    covariance[len(kept) :, len(kept) :] = block.covariance[np.ix_(new, new)]
    return Parameters(
        (*(given.names[i] for i in kept), *(block.names[i] for i in new)),
        np.concatenate([np.asarray(given.central)[kept], block.central[new]]),
        covariance,
        (*(given.groups[i] for i in kept), *(block.group for _ in new)),
        (*(given.sources[i] for i in kept), *(block.source for _ in new)),
    )
