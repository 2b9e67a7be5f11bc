"""Pipelines from a video source to its sinks, one for each camera."""
