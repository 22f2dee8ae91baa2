UPDATE scopes SET digest = randomblob(17) WHERE id IN (SELECT value FROM json_each(?)) AND length(digest) = 16
