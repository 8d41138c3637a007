"""What several scenarios stand on."""
