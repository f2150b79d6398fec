"""What the webui does to a loaded model: textual inversion and tiling."""


class EmbeddingDatabase:
    def __init__(self):
        self.word_embeddings = {}

    def load_textual_inversion_embeddings(self, force_reload=False):
        pass


class StableDiffusionModelHijack:
    circular_enabled = False

    def __init__(self):
        self.embedding_db = EmbeddingDatabase()

    def apply_circular(self, enable):
        self.circular_enabled = enable


model_hijack = StableDiffusionModelHijack()
