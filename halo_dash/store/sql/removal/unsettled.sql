DELETE FROM unsettled WHERE trace IN (SELECT value FROM json_each(?))
