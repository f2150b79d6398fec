"""Edit attention without replacing any kernel: rewrites of q, k and v, and additions to what enters `to_out`."""
