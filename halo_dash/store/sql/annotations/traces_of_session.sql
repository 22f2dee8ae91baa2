SELECT m.trace FROM terms AS k JOIN trace_terms AS m ON m.term = k.id WHERE k.field = 'session' AND k.value = ?
