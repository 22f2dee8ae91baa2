UPDATE scopes SET digest = randomblob(17) WHERE id = ? AND length(digest) = 16
