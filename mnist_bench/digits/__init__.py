"""What goes in: drawings, pictures, MNIST files, and the 28 x 28 digit images made of them."""
