"""Arrays and records as JSON that is safe inside a page: doubles as base64, bit for bit."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

from nutau.common.arrays import Array

ROUNDING = 1e-15
"""Beside the largest number of a series, smaller ones are rounding."""


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


def singles(array: Array) -> dict[str, Any]:
    """A real array in single precision, ``{"f32": base64, "shape": [...]}``: for errors, not for values."""
    values = np.ascontiguousarray(np.asarray(array, dtype="<f4"))
    return {"f32": base64.b64encode(values.tobytes()).decode("ascii"), "shape": list(values.shape)}


def entries(series: Array) -> dict[str, Any]:
    """The elements ``(order, rows, columns)`` of a matrix of series that are not zero, each up to its last order.

    An element has ``orders`` complex numbers in ``values``, one element after the other; what is rounding beside the
    largest of them is cut off at the end.
    """
    size = np.abs(series)
    rows, columns = np.nonzero(size.max(axis=0))
    own = size[:, rows, columns]
    orders = len(own) - (own > ROUNDING * own.max(axis=0))[::-1].argmax(axis=0)
    kept = [series[:order, row, column] for order, row, column in zip(orders, rows, columns, strict=True)]
    return {
        "rows": integers(rows),
        "columns": integers(columns),
        "orders": integers(orders),
        "values": doubles(parts(np.concatenate(kept))),
    }


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
