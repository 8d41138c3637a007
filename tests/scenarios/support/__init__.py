"""What several scenarios share."""
