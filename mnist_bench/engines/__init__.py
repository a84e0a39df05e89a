"""InferenceEngine and the backends that it can stand for."""
