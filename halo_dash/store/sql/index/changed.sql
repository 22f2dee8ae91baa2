SELECT trace FROM indexed WHERE batch > ? ORDER BY +trace
