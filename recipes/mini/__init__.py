"""How the shipped mini models are made: images -> dense tower -> packed text -> two specialists. CPU, seeded, resumable."""
