"""Building blocks for the other packages: cards, components, forms, lines of text."""
