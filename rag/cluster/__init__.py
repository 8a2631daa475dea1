"""Reading, cutting and embedding by the workers of a Ray cluster (Moritz et al. 2018, Ray).

rag.cluster
    stages.py    implements `Parser`, `Chunker` and `Embedder` for `Ingest`
    kept.py      what was done so far, by the content that it was done to
    workers.py   Ray: tasks that are done again when a worker is lost
    tasks.py     what a worker does
"""

from rag.cluster.kept import Kept
from rag.cluster.stages import ClusterChunker, ClusterEmbedder, ClusterParser
from rag.cluster.tasks import Made
from rag.cluster.workers import RayWorkers

__all__ = ["ClusterChunker", "ClusterEmbedder", "ClusterParser", "Kept", "Made", "RayWorkers"]
