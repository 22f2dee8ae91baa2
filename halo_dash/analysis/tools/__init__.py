"""What an agent may ask, as typed tools and as functions of its code: the same functions with two faces."""
