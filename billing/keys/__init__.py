"""The keys that sign licences: files, their life, and what is trusted."""
