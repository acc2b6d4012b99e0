"""Belle II's release, where it is."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[4] / "shared" / "data" / "belle2_knunu"


@pytest.fixture
def release(tmp_path, monkeypatch):
    """Belle II's release in a cache of its own."""
    if not SHARED.exists():
        pytest.skip("the release is not on this machine")
    from nutau.measurements.reinterpretation import assembly
    from nutau.measurements.releases import fetch

    monkeypatch.setenv("NUTAU_CACHE", str(tmp_path))
    assembly._made.cache_clear()
    return fetch("belle2-knunu", SHARED)
