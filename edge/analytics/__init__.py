"""From detections to events: pure rules that do no I/O and read no clock."""
