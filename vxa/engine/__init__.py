"""Find attention layers, put hooks on and take them off, record, and drive the sampling. Knows no host."""
