UPDATE resources SET digest = randomblob(17) WHERE id = ? AND length(digest) = 16
