-- The freshest first: who runs an agent now does not wait for a million traces that were imported.
SELECT trace FROM waiting WHERE priority = ? AND due_ns <= ? ORDER BY due_ns DESC LIMIT ?
