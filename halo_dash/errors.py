"""Every error halo-dash raises on purpose.

HaloError
├── UsageError        wrong flags, arguments or configuration      exit 2
├── InvalidInputError  a file or request that cannot be read       exit 2, HTTP 400
│   └── TooLargeError  it is over a stated limit                    exit 2, HTTP 413
├── NotFoundError     the thing asked for is not there             exit 3, HTTP 404
├── OvertakenError    a run that another process executes, or that is gone
└── UnavailableError  a server or store cannot be reached          exit 4, HTTP 503
    └── StoreError    the store is damaged, locked, full or newer than this program

A message says what happened, where, and what to do next; `hint` holds the last part when it is
worth showing apart.
"""

from __future__ import annotations


class HaloError(Exception):
    """The root of the tree; never raised itself."""

    code = "error"
    exit_code = 1
    http_status = 500

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(HaloError):
    """Wrong flags, arguments or configuration."""

    code = "usage"
    exit_code = 2
    http_status = 422


class InvalidInputError(HaloError):
    """A file or request that cannot be read as what it claims to be."""

    code = "invalid_input"
    exit_code = 2
    http_status = 400


class TooLargeError(InvalidInputError):
    """The input is over a stated limit."""

    code = "too_large"
    http_status = 413


class NotFoundError(HaloError):
    """The thing asked for is not there."""

    code = "not_found"
    exit_code = 3
    http_status = 404


class UnavailableError(HaloError):
    """A server or store cannot be reached, now."""

    code = "unavailable"
    exit_code = 4
    http_status = 503


class StoreError(UnavailableError):
    """The store is damaged, locked, full, or newer than this program."""

    code = "store"


class OvertakenError(HaloError):
    """A run was deleted, ended or taken over by another process: this one has no say in it any more."""

    code = "overtaken"
    http_status = 409
