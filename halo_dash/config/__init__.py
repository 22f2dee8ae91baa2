"""Configuration: flag > environment `HALO_*` > `halo.toml` > default.

`load()` reads it all and reports every problem at once; what comes out is a frozen `Settings`. Nothing
else in halo-dash reads the environment.
"""

from halo_dash.config.load import environment, load
from halo_dash.config.settings import DISPLAY_HOSTS, EngineSettings, Origin, Settings

__all__ = ["DISPLAY_HOSTS", "EngineSettings", "Origin", "Settings", "environment", "load"]
