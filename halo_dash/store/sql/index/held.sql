SELECT trace FROM indexed WHERE documents > 0
