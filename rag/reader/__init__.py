"""Reading passages with a question in mind: where the answer stands, and whether it does."""
