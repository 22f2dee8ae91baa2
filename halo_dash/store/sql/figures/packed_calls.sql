SELECT calls FROM trace_facts WHERE trace = ?
