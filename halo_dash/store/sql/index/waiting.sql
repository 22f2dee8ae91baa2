SELECT trace FROM waiting
