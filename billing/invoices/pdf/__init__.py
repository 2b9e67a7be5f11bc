"""An invoice as a document that a finance department accepts."""
