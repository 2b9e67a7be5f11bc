"""What may run and what it costs, as pure rules without I/O.

The cloud, the edge and the SDK share this package, so that a licence reads the
same everywhere. Nothing here reads a clock, a file or the network: time is an
argument and text is handed in.
"""
