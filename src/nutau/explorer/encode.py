"""Arrays and records as JSON that is safe inside a page: doubles as base64, bit for bit."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from nutau.common.arrays import Array


def doubles(array: Array) -> dict[str, Any]:
    """A real array as ``{"f64": base64 of little-endian doubles, "shape": [...]}``."""
    values = np.ascontiguousarray(np.asarray(array, dtype="<f8"))
    return {"f64": base64.b64encode(values.tobytes()).decode("ascii"), "shape": list(values.shape)}


def integers(array: Array) -> dict[str, Any]:
    """Small non-negative whole numbers as ``{"u16": base64, "shape": [...]}``."""
    values = np.asarray(array)
    assert values.size == 0 or (values.min() >= 0 and values.max() < 2**16)
    packed = np.ascontiguousarray(values.astype("<u2"))
    return {"u16": base64.b64encode(packed.tobytes()).decode("ascii"), "shape": list(packed.shape)}


def parts(array: Array) -> Array:
    """A complex array ``(...)`` as real ``(..., 2)``."""
    values = np.asarray(array, dtype=complex)
    return np.stack([values.real, values.imag], axis=-1)


def to_json(document: Any) -> str:
    """JSON for a ``<script>`` element: no NaN, and no character that could end the element."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (
        text.replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
    )
