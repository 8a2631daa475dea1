"""What is promised when things go wrong, tried: `make reliability` prints what came of it."""
