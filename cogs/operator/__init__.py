"""The commands of the operators."""
