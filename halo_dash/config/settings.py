"""The values halo-dash runs with. Frozen: nobody changes a setting behind another's back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from halo_dash.config.names import is_this_machine
from halo_dash.config.prices import PriceOverride

DISPLAY_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - a translation, nothing is bound here
"""The address to put into a URL for a listener that is bound to every interface."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value comes from: `default`, `halo.toml` (its path), `HALO_…`, or the flag."""

    key: str
    value: str
    """As a person reads it; a secret is never spelled out."""
    source: str


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`[engine]`: how the analysis engine reaches a model and how far it may go."""

    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    model: str | None = None
    sub_model: str | None = None
    max_depth: int = 3
    max_turns: int = 50
    max_parallel: int = 8
    span_limit: int = 10_000
    budget_usd: float | None = None
    min_traces_for_systemic_analysis: int = 10
    cross_trace_correlation: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was configured, checked, with paths made absolute."""

    store_path: Path
    """The SQLite file."""
    host: str = "127.0.0.1"
    port: int = 4280
    """The dashboard's port; 0 asks for a free one. Once `halo serve` runs, the one that was bound."""
    collector_port: int = 4281
    otlp_default_ports: bool = False
    token: str | None = field(default=None, repr=False)
    """When set, the dashboard and the collector ask for it. A secret: never logged."""
    allowed_hosts: tuple[str, ...] = ()
    """Names besides localhost that a browser may use to reach the dashboard and the collector."""
    watch: tuple[Path, ...] = ()
    demo: bool = False
    project: str | None = None
    max_retention_days: int = 30
    max_size_gb: float = 0.0
    dashboard_enabled: bool = True
    open_on_start: bool = False
    redact: tuple[str, ...] = ()
    rules_dir: Path = Path("halo_rules")
    engine: EngineSettings = EngineSettings()
    prices: tuple[PriceOverride, ...] = ()
    """Your own prices, in the order of the file; the first that fits a model holds."""
    log_format: Literal["text", "json"] = "text"
    quiet: bool = False
    config_file: Path | None = None
    """The `halo.toml` in effect, or None."""
    origins: tuple[Origin, ...] = ()
    """One for every key, in the order of docs/configuration.md, then one for each price of your own."""
    warnings: tuple[str, ...] = ()
    """What is odd without being wrong, such as a `HALO_*` variable that no setting reads."""

    @property
    def collector_url(self) -> str:
        """Where exporters send to."""
        return self._url(self.collector_port)

    @property
    def dashboard_url(self) -> str:
        """Where the browser goes."""
        return self._url(self.port)

    @property
    def storage_url(self) -> str:
        """The store as `--storage` takes it."""
        return f"sqlite:///{self.store_path}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the listeners."""
        return is_this_machine(self.host)

    def _url(self, port: int) -> str:
        host = DISPLAY_HOSTS.get(self.host, self.host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
