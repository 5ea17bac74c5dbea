"""images -> dense tower -> packed texts -> two specialists: how the shipped mini models are made, on a CPU."""
