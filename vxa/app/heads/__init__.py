"""Head relevance vectors as jobs: counting while pictures are drawn, merging, building, and their files.

Knows no command line; what the numbers mean is said in `vxa.core.head_counts` and `vxa.core.head_vectors`.
"""
