"""What goes wrong in trace files, against what is known to go wrong: `halo check`, without a server.

`gathering` judges files in a store of its own. The rest is pure: `baseline` is the committed file,
`comparing` tells new and grown failure clusters from the variation that recorded runs show, and each report
is a function of the comparison.
"""
