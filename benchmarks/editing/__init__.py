"""What editing and painting achieve on the embedded model: rates on its dev or test split, judged by its checker."""
