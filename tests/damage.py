"""Damaged files: seeded changes of bytes, and of the values of a document, as a bad disk or a bad hand makes them."""

import copy

import numpy as np

WORDS = (None, True, "", "\x1b[2J", "é" * 200, -1, 0, 10**400, 1e308, float("inf"), [], {}, [[]], {"a": {}})


def damaged_bytes(content: bytes, seed: int) -> bytes:
    """``content`` cut, with bits turned, pieces doubled, zeroed or swapped; one to three changes."""
    rng = np.random.default_rng(seed)
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        start, stop = sorted(rng.integers(0, len(data) + 1, 2).tolist())
        stop = min(stop, start + int(rng.integers(1, 65)))
        kind = rng.integers(5)
        if kind == 0:
            del data[stop:]
        elif kind == 1 and start < len(data):
            data[start] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            data[start:stop] = data[start:stop] * 2
        elif kind == 3:
            data[start:stop] = bytes(stop - start)
        else:
            data[start:stop] = rng.integers(0, 256, stop - start).astype(np.uint8).tobytes()
        data = data or bytearray(b"\0")
    return bytes(data)


def damaged_document(document, seed: int):
    """``document`` with one to three of its values replaced, left out, or moved to another key."""
    rng = np.random.default_rng(seed)
    changed = copy.deepcopy(document)
    for _ in range(rng.integers(1, 4)):
        node, key = _place(changed, rng)
        kind = rng.integers(3)
        if kind == 0:
            node[key] = copy.deepcopy(WORDS[rng.integers(len(WORDS))])
        elif kind == 1:
            del node[key]
        elif isinstance(node, dict):
            node[f"{key}x"] = node.pop(key)
        else:
            node.append(node[key])
        if not changed:
            break
    return changed


def _place(document, rng):
    """A container inside a document and one of its keys, deeper ones as likely as not."""
    node = document
    while True:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = keys[rng.integers(len(keys))]
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.2:
            return node, key
        node = inner
