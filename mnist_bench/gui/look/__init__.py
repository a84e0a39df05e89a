"""How the window looks: colours, style, icons, and the small pieces that everything is made of."""
