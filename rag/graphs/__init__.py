"""Neural networks run by OpenVINO: exported once from torch, checked by hash, loaded in an instant.

Importing torch and loading weights there takes seconds; an exported graph takes a fraction of one.

rag.graphs
    running.py     a graph at work
    files.py       a graph on the disk: its network, and its word embeddings apart
    converting.py  what makes a graph of a torch module
"""

from rag.graphs.converting import converted
from rag.graphs.running import Graph

__all__ = ["Graph", "converted"]
