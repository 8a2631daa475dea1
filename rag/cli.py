"""The command line. With __main__, the only place that prints."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from rag.bootstrap import open_library
from rag.config import Settings, go_offline, load_settings
from rag.errors import ConfigError, RagError
from rag.ingest import Ingested
from rag.library import Library
from rag.schema import answer_json, hits_json
from rag.types import Answer, Citation, Hit, Outcome, Source

DONE, FAILED, UNUSABLE, PARTLY = 0, 1, 2, 3
"""Exit codes; PARTLY: the documents do not say, or some files were skipped."""

app = typer.Typer(
    help="Ask the documents; every sentence of an answer is tied to the exact words of a source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

DocumentsOption = Annotated[
    Path | None, typer.Option("--documents", help="Folder of documents to ask about.")
]
IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder that keeps the index.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
QuestionArgument = Annotated[str, typer.Argument(help="The question, in quotation marks.")]


@app.command()
def index(
    documents: DocumentsOption = None, index: IndexOption = None, json: JsonOption = False
) -> None:
    """Read the documents and bring the index up to date."""
    done = _ingest(open_library(_settings(documents, index)))
    if json:
        _print_json(asdict(done))
    else:
        _print_ingested(done)
    skipped = [source for source in done.sources if not source.read]
    if done.generation is None or len(skipped) == len(done.sources):
        raise ConfigError(_nothing_read(done.sources))
    raise typer.Exit(PARTLY if skipped else DONE)


@app.command()
def ask(
    question: QuestionArgument,
    documents: DocumentsOption = None,
    index: IndexOption = None,
    after: Annotated[
        list[str] | None, typer.Option("--after", help="An earlier question; repeat for more.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Answer a question with cited sentences, or say that the documents do not."""
    library = open_library(_settings(documents, index))
    answer = library.ask(question, after or ())
    _print_warnings(library)
    if json:
        _print_json(answer_json(answer))
    else:
        _print_answer(answer)
    raise typer.Exit(DONE if answer.outcome is Outcome.ANSWERED else PARTLY)


@app.command()
def search(
    question: QuestionArgument,
    documents: DocumentsOption = None,
    index: IndexOption = None,
    k: Annotated[int, typer.Option("--k", min=1, max=1000, help="How many passages.")] = 10,
    json: JsonOption = False,
) -> None:
    """List the passages nearest to a question."""
    library = open_library(_settings(documents, index))
    hits = library.search(question, k)
    _print_warnings(library)
    if json:
        _print_json(hits_json(question, hits))
    else:
        for hit in hits:
            _print_hit(hit, library)


@app.command()
def serve(
    documents: DocumentsOption = None,
    index: IndexOption = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535)] = None,
) -> None:
    """Open the page in which people ask."""
    settings = _settings(documents, index)
    server = settings.server
    server = replace(server, host=host or server.host, port=port or server.port)
    library = open_library(settings)
    library.sources()
    _print_warnings(library)
    from rag.ui.server import serve as run  # noqa: PLC0415 - gradio takes a second to import

    run(library, server, announce=lambda url: out.print(f"Ask at {url}"))


@app.command()
def doctor(
    documents: DocumentsOption = None, index: IndexOption = None, json: JsonOption = False
) -> None:
    """Compare every byte of the index with what was published."""
    faults = open_library(_settings(documents, index)).verify()
    if json:
        _print_json({"sound": not faults, "faults": faults})
    elif faults:
        for fault in faults:
            out.print(escape(fault))
    else:
        out.print("The index is sound.")
    raise typer.Exit(FAILED if faults else DONE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; every error becomes one line on standard error and an exit code."""
    go_offline()
    try:
        app(arguments)
    except RagError as error:
        err.print(f"rag: {escape(str(error))}")
        sys.exit(UNUSABLE if isinstance(error, ConfigError) else FAILED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)


def _settings(documents: Path | None, index: Path | None) -> Settings:
    settings = load_settings()
    return replace(
        settings, documents=documents or settings.documents, index=index or settings.index
    )


def _ingest(library: Library) -> Ingested:
    """Ingests under a progress bar, on standard error so that standard output stays clean."""
    with _progress() as progress:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            kind = what.split(" ", 1)[0]
            if kind not in tasks:
                tasks[kind] = progress.add_task(kind, total=total)
            progress.update(tasks[kind], description=escape(what), completed=done, total=total)

        return library.ingest(report)


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    quiet = not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=quiet) as progress:
        yield progress


def _nothing_read(sources: Sequence[Source]) -> str:
    if not sources:
        return "The documents folder is empty: put .txt, .md or .pdf files there."
    first = sources[0]
    return f"None of the {len(sources)} files could be read ({first.path}: {first.reason})."


def _print_ingested(done: Ingested) -> None:
    table = Table("Document", "Pages", "Passages", "Status", box=None, pad_edge=False)
    for source in done.sources:
        status = source.note or "read" if source.read else f"skipped: {source.reason}"
        numbers = (str(source.pages), str(source.passages)) if source.read else ("", "")
        table.add_row(escape(source.path), *numbers, escape(status))
    out.print(table)
    if done.published:
        out.print(
            f"Published generation {done.generation}: {done.embedded} passages embedded, "
            f"{done.carried} taken over."
        )
    elif done.generation is not None:
        out.print(f"Generation {done.generation} is up to date.")


def _print_answer(answer: Answer) -> None:
    if answer.outcome is Outcome.ABSTAINED:
        out.print("[bold]The documents do not say.[/bold] " + escape(answer.reason or ""))
        if answer.presented:
            out.print("Nearest passages:")
    speaker = None
    for statement in answer.statements:
        source = answer.citations[statement.citations[0] - 1].document
        if source.attribution != speaker:
            speaker = source.attribution
            out.print(f"[bold]{escape(speaker)}:[/bold]")
        numbers = "".join(f"[{number}]" for number in statement.citations)
        out.print(f"  {escape(statement.text)} {escape(numbers)}")
    out.print()
    for citation in answer.citations or answer.presented:
        _print_citation(citation)


def _print_citation(citation: Citation) -> None:
    number = escape(f"[{citation.number}]")
    out.print(f"{number} {escape(citation.document.title)}, {escape(_pages(citation))}")
    out.print(f"    {escape(citation.document.attribution)}")
    out.print(f"    “{escape(' '.join(citation.quote.split()))}”", style="italic")


def _pages(citation: Citation) -> str:
    labels = [page.label for page in citation.pages]
    return f"page {labels[0]}" if len(labels) == 1 else f"pages {labels[0]}-{labels[-1]}"


def _print_hit(hit: Hit, library: Library) -> None:
    document = library.document(hit.passage.document_id)
    pages = ", ".join(page.label for page in document.pages_of(hit.passage.span))
    head = f"{hit.rank}. {document.title}, page {pages} ({', '.join(hit.found_by)})"
    out.print(f"[bold]{escape(head)}[/bold]")
    out.print(f"   {escape(' '.join(hit.passage.text.split()))}")


def _print_warnings(library: Library) -> None:
    for warning in library.warnings():
        err.print(f"rag: {escape(warning)}")


def _print_json(value: object) -> None:
    sys.stdout.write(json_format.dumps(value, ensure_ascii=False, indent=2) + "\n")
