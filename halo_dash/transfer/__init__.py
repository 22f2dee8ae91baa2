"""Files in and out: snapshots, OTLP files, HALO JSONL, and the demo data."""
