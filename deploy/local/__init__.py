"""The whole mesh on one machine: embedded servers and the supervisor that keeps them running."""
