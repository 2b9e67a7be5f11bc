"""A stand-in for the cloud: the contracts a node speaks, served over real mTLS.

It keeps the promises that a node relies on: journal chains are verified, tokens are really
signed, heartbeat numbers are checked. Tests change what it grants through its attributes.
"""
