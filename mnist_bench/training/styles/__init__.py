"""Digits as people write them: styles that MNIST's writers and UCI's lack, made to train and to validate on."""
