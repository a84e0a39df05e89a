"""Engine kinds: what computes, whatever device it runs on."""
