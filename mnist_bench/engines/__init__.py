"""InferenceEngine and the backends it can stand for."""
