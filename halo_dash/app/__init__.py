"""The composition root: what `halo serve` is made of, wired once.

`listeners` binds the sockets, `supervisor` keeps the child processes alive, `child` is what runs in
each of them, `parts` builds collector, dashboard and indexer there, `announce` tells the user.
"""
