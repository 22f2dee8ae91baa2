SELECT min(/*measure*/ 0), max(/*measure*/ 0) FROM traces AS t WHERE /*where*/ TRUE
