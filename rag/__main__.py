"""`python -m rag` is `rag`."""

import sys


def main() -> None:
    """Runs a command; Ctrl-C ends it without a traceback also while it is being imported."""
    try:
        from rag.cli import main as run  # noqa: PLC0415 - takes half a second
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
