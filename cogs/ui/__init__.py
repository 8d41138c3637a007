"""What the other packages show people with: cards, components, forms, lines of text."""
