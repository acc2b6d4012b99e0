"""The names of the coefficients of a WCxf basis: what a file may hold, whether or not nutau uses it."""

from __future__ import annotations

from functools import lru_cache

from nutau.common.yaml_files import folder, read_yaml


@lru_cache(maxsize=16)
def published(eft: str, basis: str) -> frozenset[str]:
    """The names that the definition of a WCxf basis lists (:cite:`Aebischer:2017ugx`); none for other bases."""
    for entry in read_yaml(folder("wcxf").joinpath("names.yaml"))["bases"]:
        if f"{eft}/{basis}" in entry["of"]:
            return frozenset(name for names in entry["sectors"].values() for name in names.split())
    return frozenset()
