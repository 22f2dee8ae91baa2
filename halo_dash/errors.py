"""Every error halo-dash raises on purpose.

HaloError
├── UsageError        wrong flags, arguments or configuration      exit 2
├── InvalidInputError  a file or request that cannot be read       exit 2, HTTP 400
│   └── TooLargeError  it is over a stated limit                    exit 2, HTTP 413
├── NotFoundError     the thing asked for is not there             exit 3, HTTP 404
├── OvertakenError    a run that another process executes, or that is gone
├── ProviderError     a model gave no answer that can be used      exit 1, HTTP 502
└── UnavailableError  a server or store cannot be reached          exit 4, HTTP 503
    └── StoreError    the store is damaged, locked, full or newer than this program

A message says what happened, where, and what to do next; `hint` holds the last part when it is
worth showing apart.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

ProviderErrorKind: TypeAlias = Literal[
    "no_key",  # the server asks for a key and none was found
    "no_model",  # no model was named, or the server knows no such model
    "connection",  # it cannot be reached, or the connection broke
    "timeout",  # it was reached and said nothing
    "auth",  # it does not take the key
    "rate_limit",
    "quota",  # nothing is left to spend there
    "bad_request",  # it does not take what was sent, or this is no such server
    "context_length",  # more was sent than the model can read
    "server",  # its own error
    "garbage",  # it answered, and that is no answer
    "refused",  # it does not want to answer this
]


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


class ProviderError(HaloError):
    """A model gave no answer that can be used. No key is ever in the message."""

    code = "provider"
    exit_code = 1
    http_status = 502

    def __init__(
        self,
        message: str,
        *,
        kind: ProviderErrorKind,
        is_transient: bool = False,
        retry_after_s: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind: ProviderErrorKind = kind
        self.is_transient = is_transient
        """The same question may well be answered later."""
        self.retry_after_s = retry_after_s
        """When, as the server says."""
        self.spent: Any = None
        """What attempts were paid before it was given up: a `ModelUsage` of the way to the model, or None."""
        self.is_usage_partial = False
        """Something was paid that `spent` does not have."""


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
