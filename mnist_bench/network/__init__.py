"""What is run: layers, weights, quantization parameters, the model file and the bundled networks."""
