"""A repository the engine may read: its files and its history, never more than that."""

from halo_dash.analysis.repository.repository import Repository

__all__ = ["Repository"]
