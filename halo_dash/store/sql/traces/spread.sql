SELECT /*counts*/ 0 FROM (SELECT /*measure*/ 0 AS value FROM traces AS t WHERE /*where*/ TRUE)
