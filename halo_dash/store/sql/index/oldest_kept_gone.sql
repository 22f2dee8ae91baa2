SELECT batch FROM indexed WHERE documents = 0 AND spans = 0 ORDER BY batch DESC LIMIT 1 OFFSET ?
