"""Finding passages: dense and lexical search, and what makes one ranking of the two."""
