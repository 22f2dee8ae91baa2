INSERT INTO verdicts (trace, trace_id, revision, sequence, is_failed, worst, is_partial, clusters, findings)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace) DO UPDATE SET
    revision = excluded.revision, sequence = excluded.sequence, is_failed = excluded.is_failed,
    worst = excluded.worst, is_partial = excluded.is_partial, clusters = excluded.clusters,
    findings = excluded.findings
