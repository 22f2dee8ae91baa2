"""A few results kept by store and revision: moving through one large trace computes it once."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from halo_dash.store import Store

T = TypeVar("T")

Key: TypeAlias = tuple[str, int]
"""Trace id and the revision of its row: a trace that changed is another key."""


class Kept(Generic[T]):
    """The last few values of each store. Thread-safe; forgets with the store."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._values: WeakKeyDictionary[Store, OrderedDict[Key, T]] = WeakKeyDictionary()

    def get(self, store: Store, key: Key) -> T | None:
        """What was kept under this key, if it still is."""
        with self._lock:
            values = self._values.get(store)
            if values is None or key not in values:
                return None
            values.move_to_end(key)
            return values[key]

    def put(self, store: Store, key: Key, value: T) -> None:
        """Keep a value; the one that was used longest ago goes."""
        with self._lock:
            values = self._values.setdefault(store, OrderedDict())
            values[key] = value
            values.move_to_end(key)
            while len(values) > self._most:
                values.popitem(last=False)
