"""Resources and scopes, stored once each.

Writing looks them up by object first (a request shares one object over all its spans), then by content.
Reading keeps what it has read: rows of these tables never change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Generic, Literal, TypeVar

from halo_dash.model.span import Resource, Scope
from halo_dash.store.codec import pack_resource, pack_scope, unpack_resource, unpack_scope
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

_T = TypeVar("_T", Resource, Scope)
_KEPT = 512


class _Shelf(Generic[_T]):
    """One of the two tables."""

    def __init__(
        self, noun: Literal["resource", "scope"], write: Callable[[_T], bytes], read: Callable[[bytes], _T]
    ):
        self._noun = noun
        self._write: Callable[[_T], bytes] = write
        self._read: Callable[[bytes], _T] = read
        self._by_object: OrderedDict[int, tuple[_T, int]] = OrderedDict()
        self._by_digest: OrderedDict[bytes, int] = OrderedDict()
        self._by_id: OrderedDict[int, _T] = OrderedDict()
        self._guard = threading.Lock()

    def add(self, connection: Connection, value: _T) -> int:
        """The id of an equal value, stored now where there was none."""
        held = self._by_object.get(id(value))
        if held is not None and held[0] is value:
            return held[1]
        body = self._write(value)
        digest = blake2b(body, digest_size=16).digest()
        found = self._by_digest.get(digest)
        if found is None:
            (found,) = connection.execute(sql("catalogue", f"add_{self._noun}"), (digest, body)).fetchone()
            _keep(self._by_digest, digest, found)
        _keep(self._by_object, id(value), (value, found))
        return int(found)

    def get(self, connection: Connection, row: int) -> _T:
        """The value of an id."""
        with self._guard:
            known = self._by_id.get(row)
        if known is None:
            (body,) = connection.execute(sql("catalogue", self._noun), (row,)).fetchone()
            known = self._read(body)
            with self._guard:
                _keep(self._by_id, row, known)
        return known

    def forget(self) -> None:
        """Forget what was added: the transaction was undone, or another process wrote."""
        self._by_object.clear()
        self._by_digest.clear()
        with self._guard:
            self._by_id.clear()


class Catalogue:
    """Both tables."""

    def __init__(self) -> None:
        self.resources: _Shelf[Resource] = _Shelf("resource", pack_resource, unpack_resource)
        self.scopes: _Shelf[Scope] = _Shelf("scope", pack_scope, unpack_scope)

    def forget(self) -> None:
        """Forget what was added: the transaction was undone, or another process wrote."""
        self.resources.forget()
        self.scopes.forget()


_K = TypeVar("_K")
_V = TypeVar("_V")


def _keep(held: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    held[key] = value
    if len(held) > _KEPT:
        held.popitem(last=False)
