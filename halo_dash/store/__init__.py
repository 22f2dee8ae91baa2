"""The span store: the only package that speaks SQL. Its public functions are a contract (docs/store.md)."""

from halo_dash.store.store import Store
from halo_dash.store.writing import Transaction

__all__ = ["Store", "Transaction"]
