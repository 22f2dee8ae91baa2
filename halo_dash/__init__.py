"""halo-dash: the local dashboard and trace collector for people who build LLM agents."""

__version__ = "0.1.0"
