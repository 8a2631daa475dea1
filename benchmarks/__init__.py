"""What the software costs, and how well it checks what a model writes: each module is one command,
and leaves its figures in results/.

    python -m benchmarks.compare    against LangChain, txtai and LlamaIndex
    python -m benchmarks.growth     from a thousand passages to a million
    python -m benchmarks.kinds      kinds of index against one another
    python -m benchmarks.answer     one answer, stage by stage
    python -m benchmarks.alike      the exported model against the original
    python -m benchmarks.limits     what the processor could do at most
    python -m benchmarks.checking   written sentences, true and false: which are removed
    python -m benchmarks.plot       the pictures in docs/images

docs/performance.md says what came out, of the check docs/writer.md.
"""
