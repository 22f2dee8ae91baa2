DELETE FROM exporter_pulses WHERE time_ns < ?
