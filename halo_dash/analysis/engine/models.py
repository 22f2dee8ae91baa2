"""Which model does what."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.errors import ProviderError
from halo_dash.model.run import Role, RunModels


@dataclass(frozen=True, slots=True)
class ModelNames:
    """A name for every role."""

    root: str
    sub: str
    synthesis: str
    compaction: str

    @classmethod
    def of(cls, asked: RunModels, default: str | None, default_sub: str | None) -> ModelNames:
        """From what was asked for, then the settings. Raises `ProviderError`: no model is named anywhere.

        What is not named is done by the model before it: root, sub, synthesis, compaction.
        """
        root = asked.model or default
        if root is None:
            raise ProviderError(
                "No model is configured.",
                kind="no_model",
                hint="Set engine.model in halo.toml, or choose one here; the built-in analyst needs none.",
            )
        # A sub-model of the settings belongs to the model of the settings.
        sub = asked.sub_model or (default_sub if asked.model in {None, default} else None) or root
        synthesis = asked.synthesis_model or sub
        return cls(root, sub, synthesis, asked.compaction_model or synthesis)

    def of_role(self, role: Role) -> str:
        """The model for a call."""
        return {
            "root": self.root,
            "subagent": self.sub,
            "ask": self.sub,
            "synthesis": self.synthesis,
            "compaction": self.compaction,
        }[role]

    def all(self) -> tuple[str, ...]:
        """Each one once."""
        return tuple(dict.fromkeys((self.root, self.sub, self.synthesis, self.compaction)))
