"""`brinkbyte`: one command line for every program, the local stack and the operator's tasks."""
