"""What an installed package may implement."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from halo_dash.detect.rule import Rule

GROUP = "halo_dash"
"""Name of the project in pluggy, and of the entry point group."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class Hooks:
    """The hooks there are."""

    @hookspec
    def halo_rules(self) -> Iterable[Rule]:  # type: ignore[empty-body] # a specification
        """Return rules that judge every trace, beside those that come with halo."""
