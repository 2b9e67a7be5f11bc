"""The line to the cloud: identity, heartbeat and the upload of the usage journal."""
