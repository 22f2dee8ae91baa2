"""Tests of the analysis engine. Only 127.0.0.1 is ever contacted."""
