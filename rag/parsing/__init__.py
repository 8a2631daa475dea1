"""Reading files into documents, each in a process of its own."""
