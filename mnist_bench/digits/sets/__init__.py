"""The layouts in which people keep labelled digits: one module each, from files to bytes of 28 x 28 and labels."""
