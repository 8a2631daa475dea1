"""The command line. With __main__, the only place that prints."""

from __future__ import annotations

import datetime as dt
import json as json_format
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from rag import logs
from rag.bootstrap import open_fetcher, open_library, open_with_workers, read_dossier
from rag.config import Settings, go_offline, load_settings
from rag.ending import Terminated, leave_within_seconds
from rag.ending import prepare as prepare_to_end
from rag.errors import ConfigError, RagError
from rag.ingest import Ingested
from rag.language import language_name
from rag.library import Library
from rag.schema import answer_json, hits_json
from rag.types import Answer, Citation, Document, Hit, Outcome, Source, Span
from rag.whereabouts import paragraph, recognition, section

if TYPE_CHECKING:
    from rag import dossier
    from rag.evaluation.command import Evaluated

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
WriterOption = Annotated[
    bool, typer.Option("--writer", help="Let the model that is set write; all is checked.")
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Stay, and index what changes in the folder.")
]
WorkersOption = Annotated[
    str, typer.Option("--workers", help="local, or ray: read and embed by many workers.")
]
AddressOption = Annotated[
    str | None,
    typer.Option("--ray-address", help="A Ray cluster; by default one is started here."),
]
QuestionArgument = Annotated[str, typer.Argument(help="The question, in quotation marks.")]


@app.command()
def index(
    documents: DocumentsOption = None,
    index: IndexOption = None,
    watch: WatchOption = False,
    *,
    workers: WorkersOption = "local",
    ray_address: AddressOption = None,
    json: JsonOption = False,
) -> None:
    """Read the documents and bring the index up to date."""
    settings = _settings(documents, index)
    library = open_library(settings)
    by_ray = _by_ray(workers, ray_address, watch=watch)
    if watch:
        _watch(library, settings.documents, threading.Event())
        return
    done = _ingest_by_ray(settings, ray_address) if by_ray else _ingest(library)
    if json:
        _print_json(asdict(done))
    else:
        _print_ingested(done)
    skipped = [source for source in done.sources if not source.read]
    if done.generation is None or len(skipped) == len(done.sources):
        raise ConfigError(_nothing_read(done.sources))
    library.make_network()
    raise typer.Exit(PARTLY if skipped else DONE)


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Entries of the catalogue.")] = None,
    documents: DocumentsOption = None,
    json: JsonOption = False,
) -> None:
    """Download the reports of the catalogue whose terms allow it, or those that are named."""
    done = []
    for each in open_fetcher(_settings(documents, None)).fetch(names or ()):
        done.append(each)
        if not json:
            out.print(escape(f"{each.name}: {each.fate}: {each.message}"))
            if each.fate == "left" and each.url:
                out.print(escape(f"    {each.url}"))
    if json:
        _print_json({"schema": 1, "entries": [asdict(each) for each in done]})
    elif not done:
        out.print("The catalogue names nothing that may be fetched.")
    elif any(each.sha256 for each in done):
        out.print("Run `rag index` to read what is new.")
    raise typer.Exit(DONE if all(each.fate.done for each in done) else PARTLY)


@app.command()
def ask(
    question: QuestionArgument,
    documents: DocumentsOption = None,
    index: IndexOption = None,
    *,
    after: Annotated[
        list[str] | None, typer.Option("--after", help="An earlier question; repeat for more.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write it to a .md, .html, .docx or .json file.")
    ] = None,
    writer: WriterOption = False,
    json: JsonOption = False,
) -> None:
    """Answer a question with cited sentences, or say that the documents do not."""
    if export:
        from rag import dossier  # noqa: PLC0415 - most answers are not exported

        suffix = dossier.suffix_of(export.name)
    library = open_library(_settings(documents, index))
    answer = library.ask(question, after or (), written=writer)
    _print_warnings(library)
    if export:
        made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        _save(export, dossier.write(suffix, [answer_json(answer)], library.document, made))
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
    watch: WatchOption = False,
    *,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log every request and answer as a line of JSON.")
    ] = False,
) -> None:
    """Open the page in which people ask."""
    settings = _settings(documents, index)
    server, log = settings.server, settings.log
    server = replace(server, host=host or server.host, port=port or server.port)
    settings = replace(settings, server=server)
    if log_json:
        level = "debug" if log.level == "debug" else "info"
        logs.configure(level, sys.stderr, as_json=True)
    library = open_library(settings)
    library.sources()
    _print_warnings(library)
    from rag.ui.server import serve as run  # noqa: PLC0415 - gradio takes a second to import

    stop = threading.Event()
    if watch:
        args = (library, settings.documents, stop)
        threading.Thread(target=_watch, args=args, daemon=True).start()
    try:
        with suppress(KeyboardInterrupt, Terminated):  # this is how one stops it
            run(
                library,
                settings,
                announce=lambda url: out.print(f"Ask at {url}"),
                telling=log.questions,
            )
    finally:
        stop.set()
    leave_within_seconds(DONE)


@app.command()
def password(name: Annotated[str, typer.Argument(help="The name to log in with.")]) -> None:
    """Print the line of an account for the file that server.users names."""
    from rag.ui.accounts import hashed  # noqa: PLC0415 - argon2 is the page's affair

    given = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    out.print(escape(hashed(name, given)))


@app.command("eval")
def evaluate(
    path: Annotated[Path | None, typer.Argument(help="Question file or BEIR folder.")] = None,
    *,
    out_: Annotated[Path | None, typer.Option("--out", help="Folder for the results.")] = None,
    documents: DocumentsOption = None,
    index: IndexOption = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Ask a sample.")] = None,
    k: Annotated[int | None, typer.Option("--k", min=1, max=100, help="Passages read.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of samples and intervals.")] = 0,
    filter_: Annotated[list[str] | None, typer.Option("--filter", help="kind=lang-*")] = None,
    retriever: Annotated[str, typer.Option("--retriever", help="fused, dense or bm25.")] = "fused",
    given: Annotated[bool, typer.Option("--given", help="Read each own paragraph.")] = False,
    writer: WriterOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a faulty line.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped run.")] = False,
    server: Annotated[str, typer.Option("--server", help="Ask a running page.")] = "",
    export: Annotated[list[str] | None, typer.Option("--export", help="trec or rag.")] = None,
    compare: Annotated[
        tuple[Path, Path] | None, typer.Option("--compare", help="Two folders of results.")
    ] = None,
    below: Annotated[list[str] | None, typer.Option("--fail-below", help="nDCG@10=0.85")] = None,
    worse: Annotated[list[str] | None, typer.Option("--fail-worse", help="F1=0.01")] = None,
    json: JsonOption = False,
) -> None:
    """Ask a set of questions and measure the answers, or compare two such runs."""
    from rag.evaluation import command  # noqa: PLC0415 - only this command needs it

    limits = command.Limits(tuple(below or ()), tuple(worse or ()))
    if compare:
        done = command.compare_runs(*compare, seed, out_, limits)
    else:
        plan = command.planned(
            path, out_, limit=limit, passages=k, seed=seed, filters=tuple(filter_ or ()),
            retriever=retriever, given=given, writer=writer, strict=strict, resume=resume,
            server=server, exports=tuple(export or ()),
        )  # fmt: skip
        with _progress() as progress:
            done = command.evaluate(plan, _settings(documents, index), _reporting(progress), limits)
    _print_evaluated(done, json=json)
    raise typer.Exit(FAILED if done.failures else PARTLY if done.notes else DONE)


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


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A dossier: .md, .html, .docx or .json.")],
    documents: DocumentsOption = None,
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Hold every quotation of a dossier against the documents again."""
    from rag import dossier  # noqa: PLC0415 - only this command needs it

    settings = _settings(documents, index)
    lines = read_dossier(settings, file)
    library = open_library(settings)
    checked = dossier.check(lines, library)
    _print_warnings(library)
    if json:
        _print_json(
            {"schema": 1, "verified": checked.verified, "counts": checked.counts}
            | {"findings": [asdict(finding) for finding in checked.findings]}
        )
    else:
        _print_checked(checked)
    raise typer.Exit(DONE if checked.verified else PARTLY)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; every error becomes one line on standard error and an exit code."""
    go_offline()
    prepare_to_end()
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
    logs.configure(settings.log.level, sys.stderr, as_json=settings.log.json)
    return replace(
        settings, documents=documents or settings.documents, index=index or settings.index
    )


def _watch(library: Library, folder: Path, stop: threading.Event) -> None:
    """Keeps the index up to date with the folder, and prints what became of each change."""

    def told(outcome: Ingested | RagError) -> None:
        if isinstance(outcome, RagError):
            err.print(f"rag: {escape(str(outcome))}")
        elif outcome.published:
            _print_ingested(outcome)

    from rag.watching import watch  # noqa: PLC0415 - few stay and watch

    watch(folder, library.ingest, told, stop)


def _ingest(library: Library) -> Ingested:
    """Ingests under a progress bar, on standard error so that standard output stays clean."""
    with _progress() as progress:
        return library.ingest(_reporting(progress))


def _by_ray(workers: str, address: str | None, *, watch: bool) -> bool:
    """Whether Ray's workers are wanted; raises ConfigError for options that do not fit."""
    if workers not in {"local", "ray"}:
        raise ConfigError(f"--workers is {workers!r}; it can be local or ray.")
    if workers == "local" and address:
        raise ConfigError("--ray-address goes with --workers ray.")
    if workers == "ray" and watch:
        raise ConfigError("--watch goes with --workers local.")
    return workers == "ray"


def _ingest_by_ray(settings: Settings, address: str | None) -> Ingested:
    cluster = replace(settings.cluster, address=address or settings.cluster.address)
    with open_with_workers(replace(settings, cluster=cluster)) as library:
        prepare_to_end()  # Ray has handlers of its own for signals
        return _ingest(library)


def _reporting(progress: Progress) -> Callable[[str, int, int], None]:
    """What a stage calls: one bar for each kind of work."""
    tasks: dict[str, Any] = {}

    def report(what: str, done: int, total: int) -> None:
        kind = what.split(" ", 1)[0]
        if kind not in tasks:
            tasks[kind] = progress.add_task(kind, total=total, completed=done)
        progress.update(tasks[kind], description=escape(what), completed=done, total=total)

    return report


class _Rate(ProgressColumn):
    """How many a minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{60 * task.speed:,.0f} a minute" if task.speed else "")


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
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
    table = Table("Document", "Pages", "Passages", "Language", "Status", box=None, pad_edge=False)
    for source in done.sources:
        status = source.note or "read" if source.read else f"skipped: {source.reason}"
        numbers = (str(source.pages), str(source.passages)) if source.read else ("", "")
        language = language_name(source.language) if source.language else ""
        table.add_row(escape(source.path), *numbers, escape(language), escape(status))
    out.print(table)
    if done.published:
        out.print(
            f"Published generation {done.generation}: {done.embedded} passages embedded, "
            f"{done.carried} taken over."
        )
    elif done.generation is not None:
        out.print(f"Generation {done.generation} is up to date.")


def _print_evaluated(done: Evaluated, *, json: bool) -> None:
    if json:
        _print_json(done.figures)
    else:
        table = Table(*done.columns, box=None, pad_edge=False)
        for row in done.rows:
            table.add_row(*map(escape, row))
        out.print(table)
    for note in (*done.notes, *done.failures):
        err.print(f"rag: {escape(note)}")


def _print_answer(answer: Answer) -> None:
    if answer.outcome is Outcome.ABSTAINED:
        out.print("[bold]The documents do not say.[/bold] " + escape(answer.reason or ""))
        if answer.presented:
            out.print("Nearest passages:")
    if answer.searched not in {"", answer.question}:
        out.print(f"Searched for: {escape(answer.searched)}")
    for note in answer.notes:
        out.print(escape(note))
    speaker = None
    for statement in answer.statements:
        source = answer.citations[statement.citations[0] - 1].document
        if source.attribution != speaker:
            speaker = source.attribution
            out.print(f"[bold]{escape(speaker)}:[/bold]")
        numbers = "".join(f"[{number}]" for number in statement.citations)
        doubt = f" (doubtful: {statement.doubt})" if statement.doubt else ""
        out.print(f"  {escape(statement.text)} {escape(numbers + doubt)}")
    for removed in answer.removed:
        out.print(f"Removed, because {escape(removed.reason)}: {escape(removed.text)}")
    out.print()
    for citation in answer.citations or answer.presented:
        _print_citation(citation)


def _save(file: Path, data: bytes) -> None:
    """Writes a file that was not there."""
    try:
        with file.open("xb") as out_file:
            out_file.write(data)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written ({error.strerror}): name another.") from error


def _print_checked(checked: dossier.Checked) -> None:
    for finding in checked.findings:
        numbers = "".join(f"[{number}]" for number in finding.notes)
        head = " ".join(filter(None, (finding.kind, numbers, finding.verdict.value)))
        out.print(f"[bold]{escape(head)}[/bold]")
        out.print(f"    {escape(finding.text)}", style="italic")
        for said in filter(None, (finding.reason, *finding.places)):
            out.print(f"    {escape(said)}")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in checked.counts.items() if count)
    out.print(f"{'Verified' if checked.verified else 'Not verified'}: {escape(counts)}.")


def _print_citation(citation: Citation) -> None:
    number = escape(f"[{citation.number}]")
    out.print(f"{number} {escape(citation.document.title)}, {escape(_pages(citation))}")
    out.print(f"    {escape(citation.document.attribution)}")
    _print_whereabouts(citation.document, citation.span)
    out.print(f"    “{escape(' '.join(citation.quote.split()))}”", style="italic")


def _print_whereabouts(document: Document, span: Span) -> None:
    """Headings, the paragraph's number, and how sure recognised words are, as far as known."""
    above = " › ".join(section(document, span))
    known = filter(None, (above, paragraph(document, span), recognition(document, span)))
    if words := ", ".join(known):
        out.print(f"    {escape(words)}")


def _pages(citation: Citation) -> str:
    labels = [page.label for page in citation.pages]
    return f"page {labels[0]}" if len(labels) == 1 else f"pages {labels[0]}-{labels[-1]}"


def _print_hit(hit: Hit, library: Library) -> None:
    document = library.document(hit.passage.document_id)
    pages = ", ".join(page.label for page in document.pages_of(hit.passage.span))
    head = f"{hit.rank}. {document.title}, page {pages} ({', '.join(hit.found_by)})"
    out.print(f"[bold]{escape(head)}[/bold]")
    _print_whereabouts(document, hit.passage.span)
    out.print(f"   {escape(' '.join(hit.passage.text.split()))}")


def _print_warnings(library: Library) -> None:
    for warning in library.warnings():
        err.print(f"rag: {escape(warning)}")


def _print_json(value: object) -> None:
    sys.stdout.write(json_format.dumps(value, ensure_ascii=False, indent=2) + "\n")
