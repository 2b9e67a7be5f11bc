"""Frames to detections, by NVIDIA Triton."""
