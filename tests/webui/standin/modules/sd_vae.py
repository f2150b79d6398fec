"""A VAE chosen in place of the checkpoint's own."""

loaded_vae_file = None
