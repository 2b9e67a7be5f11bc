"""The main job, once, with faults, and every sum compared: `make demo`."""
