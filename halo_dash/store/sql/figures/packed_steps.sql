SELECT steps FROM trace_facts WHERE trace = ?
