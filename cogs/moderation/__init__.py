"""Reports of pictures, blocks, deletions, and the audit log."""
