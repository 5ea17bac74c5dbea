"""The parts of `recipes/build_meshes.py`: select -> read -> convert -> write -> preview."""
