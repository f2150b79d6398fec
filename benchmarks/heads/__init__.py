"""What the uses of head relevance vectors achieve on the embedded model: figures on its dev or test split."""
