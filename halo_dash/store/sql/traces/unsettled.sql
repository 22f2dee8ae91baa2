SELECT trace FROM unsettled
