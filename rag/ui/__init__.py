"""The page: a conversation with the documents, and the evidence beside it."""
