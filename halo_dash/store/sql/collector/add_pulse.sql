INSERT INTO exporter_pulses (time_ns, exporter, spans) VALUES (?, ?, ?)
ON CONFLICT (time_ns, exporter) DO UPDATE SET spans = spans + excluded.spans
