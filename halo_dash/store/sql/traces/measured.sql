SELECT t.id FROM traces AS t WHERE /*where*/ TRUE
