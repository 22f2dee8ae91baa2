"""The composition root: what `halo serve` is made of, wired once.

`listeners` binds the sockets, `supervisor` keeps the child processes alive, `child` is what runs in
each of them, `parts` builds collector, dashboard, indexer and judge there, `announce` tells the user.
"""
