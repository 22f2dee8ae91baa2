"""OTLP on the wire <-> `model`, pure. Nothing here reads meaning into an attribute."""
