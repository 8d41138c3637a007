"""What members may see and decide of their own."""
