"""Every key of the configuration, described once.

The loader, `halo init`, `halo doctor` and docs/configuration.md are made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.config import values
from halo_dash.config.values import Reader


@dataclass(frozen=True, slots=True)
class Key:
    """One key: where it may be set, how it is read, and what it does, said truthfully."""

    name: str
    """`section.key` as in halo.toml; keys outside the file have no dot."""
    field: str
    """The field of `Settings` (or of `EngineSettings`, for `engine.*`) it fills."""
    variable: str
    """Its environment variable."""
    read: Reader
    about: str
    default: object
    flag: str = ""
    in_file: bool = True
    in_force: bool = True
    """False while no part of halo-dash acts on it yet: it is read and checked, and the docs say so."""
    example: str = ""
    """What halo.toml shows, commented out, for a key without a default."""
    is_path: bool = False

    @property
    def section(self) -> str:
        """The table of halo.toml it stands in."""
        return self.name.partition(".")[0]

    @property
    def leaf(self) -> str:
        """Its name within the table."""
        return self.name.rpartition(".")[2]


SECTIONS = {
    "project": "What this folder is about.",
    "server": "The two listeners of `halo serve`.",
    "storage": "Where traces are kept.",
    "dashboard": "The pages.",
    "engine": "The analysis engine and the model it asks.",
    "privacy": "What must not leave this machine.",
    "rules": "Your own failure checks.",
}

KEYS: tuple[Key, ...] = (
    Key(
        "project.name", "project", "HALO_PROJECT", values.text,
        "Name of the project. `halo exec` gives it to the command as its service name.",
        default=None, example='"my-agent"',
    ),
    Key(
        "server.host", "host", "HALO_HOST", values.host,
        "Address to listen on. Anything but this machine itself needs a token (see `HALO_TOKEN`).",
        default="127.0.0.1", flag="--host",
    ),
    Key(
        "server.port", "port", "HALO_PORT", values.port,
        "Port of the dashboard; 0 takes a free one.",
        default=4280, flag="--port",
    ),
    Key(
        "server.collector_port", "collector_port", "HALO_COLLECTOR_PORT", values.port,
        "Port of the collector, for OTLP over gRPC and HTTP alike; 0 takes a free one.",
        default=4281, flag="--collector-port",
    ),
    Key(
        "server.otlp_default_ports", "otlp_default_ports", "HALO_OTLP_DEFAULT_PORTS", values.yes_no,
        "Listen on 4317 and 4318 as well, so that an exporter nobody configured just works.",
        default=False, flag="--otlp-default-ports",
    ),
    Key(
        "server.allowed_hosts", "allowed_hosts", "HALO_ALLOWED_HOSTS", values.texts,
        "Names besides localhost under which browsers may reach the dashboard.",
        default=(),
    ),
    Key(
        "server.watch", "watch", "HALO_WATCH", values.texts,
        "Span files (JSON Lines), or folders of them, to read as they grow.",
        default=(), flag="--watch", is_path=True,
    ),
    Key(
        "server.token", "token", "HALO_TOKEN", values.secret,
        "Secret that clients must show. Set it in the environment only; one is made up where it is needed.",
        default=None, in_file=False,
    ),
    Key(
        "storage.path", "store_path", "HALO_DATA_DIR", values.text,
        "Folder that holds the store (the file `halo.db`).",
        default="./halo-traces", flag="--data-dir", is_path=True,
    ),
    Key(
        "storage.max_retention_days", "max_retention_days",
        "HALO_STORAGE_MAX_RETENTION_DAYS", values.whole(0),
        "Days to keep a trace after the last of it arrived; 0 keeps it for ever. Pinned traces stay.",
        default=30,
    ),
    Key(
        "storage.max_size_gb", "max_size_gb", "HALO_STORAGE_MAX_SIZE_GB", values.amount,
        "Size all files of the store may grow to, in gigabytes; then the oldest traces go. 0 sets no limit.",
        default=0.0,
    ),
    Key(
        "dashboard.enabled", "dashboard_enabled", "HALO_DASHBOARD_ENABLED", values.yes_no,
        "Serve the dashboard; with false, `halo serve` only collects.",
        default=True,
    ),
    Key(
        "dashboard.open_on_start", "open_on_start", "HALO_DASHBOARD_OPEN_ON_START", values.yes_no,
        "Open the dashboard in the browser once `halo serve` is ready.",
        default=False, flag="--open/--no-open",
    ),
    Key(
        "engine.base_url", "base_url", "HALO_ENGINE_BASE_URL", values.url,
        "OpenAI-compatible endpoint.",
        default=None, in_force=False, example='"http://localhost:11434/v1"',
    ),
    Key(
        "engine.api_key_env", "api_key_env", "HALO_ENGINE_API_KEY_ENV", values.variable,
        "Environment variable that holds the key; the key itself is never written here.",
        default="OPENAI_API_KEY", in_force=False,
    ),
    Key(
        "engine.model", "model", "HALO_ENGINE_MODEL", values.text,
        "Model that leads a run.",
        default=None, in_force=False, example='"gpt-4.1"',
    ),
    Key(
        "engine.sub_model", "sub_model", "HALO_ENGINE_SUB_MODEL", values.text,
        "Model of the subagents; the same one when left out.",
        default=None, in_force=False, example='"gpt-4.1-mini"',
    ),
    Key(
        "engine.max_depth", "max_depth", "HALO_ENGINE_MAX_DEPTH", values.whole(1, 5),
        "How deep subagents may nest.",
        default=3, in_force=False,
    ),
    Key(
        "engine.max_turns", "max_turns", "HALO_ENGINE_MAX_TURNS", values.whole(1, 100),
        "Model calls an agent may make.",
        default=50, in_force=False,
    ),
    Key(
        "engine.max_parallel", "max_parallel", "HALO_ENGINE_MAX_PARALLEL", values.whole(1, 64),
        "Subagents at work at once.",
        default=8, in_force=False,
    ),
    Key(
        "engine.span_limit", "span_limit", "HALO_ENGINE_SPAN_LIMIT", values.whole(1),
        "Spans one run may take in.",
        default=10000, in_force=False,
    ),
    Key(
        "engine.budget_usd", "budget_usd", "HALO_ENGINE_BUDGET_USD", values.amount,
        "US dollars after which a run stops.",
        default=None, in_force=False, example="1.0",
    ),
    Key(
        "engine.min_traces_for_systemic_analysis", "min_traces_for_systemic_analysis",
        "HALO_ENGINE_MIN_TRACES_FOR_SYSTEMIC_ANALYSIS", values.whole(1),
        "Judged traces it takes before anything is called systemic (insights).",
        default=10,
    ),
    Key(
        "engine.cross_trace_correlation", "cross_trace_correlation",
        "HALO_ENGINE_CROSS_TRACE_CORRELATION", values.yes_no,
        "Look for causes that several traces share.",
        default=True, in_force=False,
    ),
    Key(
        "privacy.redact", "redact", "HALO_PRIVACY_REDACT", values.patterns,
        "Regular expressions whose matches are blacked out of exports.",
        default=(), in_force=False,
    ),
    Key(
        "rules.dir", "rules_dir", "HALO_RULES_DIR", values.text,
        "Folder with your own rules.",
        default="./halo_rules", is_path=True,
    ),
)  # fmt: skip

BY_NAME = {key.name: key for key in KEYS}

OTHER_VARIABLES = {
    "HALO_CONFIG": "Path of the halo.toml to use (flag `--config`).",
    "HALO_DB": "Path of the store's file (flag `--db`).",
    "HALO_STORAGE": "URL of the store, `sqlite:///PATH` (flag `--storage`).",
    "HALO_URL": "A running dashboard that listings read from (flag `--url`).",
}
"""Variables that are no key of halo.toml."""
