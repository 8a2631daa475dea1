"""Settings: defaults, then rag.toml, then RAG_* variables. Nothing else reads the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from rag.errors import ConfigError

T = TypeVar("T")
_SWITCHES = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class ParsingSettings:
    """Limits for reading one file, in its own process, and whether and in which languages text is
    recognised in scans (`ocr_languages` as Tesseract names them: "eng+rus"), for how long.
    """

    seconds: float = 60.0
    memory_mb: int = 1024
    max_pages: int = 5_000
    max_characters: int = 20_000_000
    max_file_mb: int = 200
    ocr: bool = True
    ocr_languages: str = "eng"
    ocr_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class ChunkingSettings:
    """Size of passages, in words."""

    max_words: int = 160
    overlap_words: int = 40


@dataclass(frozen=True, slots=True)
class AnsweringSettings:
    """How much is read and quoted, and how sure an answer must be (`threshold`, a probability)."""

    passages: int = 10
    threshold: float = 0.27
    sentences: int = 3
    per_document: int = 2
    margin: float = 0.5


class Secret:
    """A text that is never shown, and that no settings file may hold."""

    __slots__ = ("revealed",)

    def __init__(self, text: str = "") -> None:
        self.revealed = text

    def __repr__(self) -> str:
        return "Secret()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.revealed == other.revealed

    def __hash__(self) -> int:
        return hash(self.revealed)


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """A language model that may write answers: an OpenAI-compatible address, without one none.

    `seconds` is the deadline for its whole reply, `tokens` the most that it may write. The key is
    read from the variable RAG_WRITER_KEY, or from the file `key_file`.
    """

    url: str = ""
    model: str = ""
    seconds: float = 30.0
    tokens: int = 600
    key_file: str = ""
    key: Secret = field(default_factory=Secret)


@dataclass(frozen=True, slots=True)
class MilvusSettings:
    """A Milvus server that holds the index: its address, or a file ending in .db for milvus-lite;
    empty, the index folder does. `name` tells several libraries on one server apart. The token is
    read from the variable RAG_MILVUS_TOKEN.
    """

    uri: str = ""
    name: str = "rag"
    token: Secret = field(default_factory=Secret)


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Where the Ray cluster is whose workers read and embed, if they are asked to; empty, one is
    started on this machine.
    """

    address: str = ""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the page listens, to whom, and how much it takes on.

    `names` are further names under which it is reached, `users` the file of accounts; without one
    it must be `open` to listen to other machines. `seconds` is the deadline for an answer,
    `feedback` the file for what users say of answers; empty, they are not asked. `uploads`: whether
    files may be added by way of the page: on, off, or auto, which is on unless everybody may ask.
    `state`: a file for what several processes of one machine must all know; empty, memory is.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    workers: int = 2
    queue: int = 64
    seconds: float = 60.0
    names: str = ""
    users: str = ""
    open: bool = False
    metrics: bool = False
    feedback: str = ""
    uploads: str = "auto"
    state: str = ""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged, on standard error; `questions`: with the text of what is asked."""

    level: str = "warning"
    json: bool = False
    questions: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set.

    `model` is the embedding model's folder, empty for the installed one; `exports` keeps what is
    made of the models for fast loading, empty for models/ in the index folder.
    """

    documents: Path = Path("documents")
    index: Path = Path("index")
    model: str = ""
    exports: str = ""
    parsing: ParsingSettings = field(default_factory=ParsingSettings)
    chunking: ChunkingSettings = field(default_factory=ChunkingSettings)
    answering: AnsweringSettings = field(default_factory=AnsweringSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    log: LogSettings = field(default_factory=LogSettings)
    writer: WriterSettings = field(default_factory=WriterSettings)
    milvus: MilvusSettings = field(default_factory=MilvusSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)


def load_settings(
    file: Path = Path("rag.toml"), environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings from `file` (if it exists), overridden by variables such as RAG_SERVER_PORT.

    Raises ConfigError naming the setting that is unknown or of the wrong kind.
    """
    variables = os.environ if environment is None else environment
    try:
        table = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error
    return _overlaid(_merged(Settings(), table, str(file)), variables, "RAG")


def go_offline() -> None:
    """Keeps the libraries from the network and from talking, and their threads from one another."""
    os.environ.update(
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        GRADIO_ANALYTICS_ENABLED="False",
        TOKENIZERS_PARALLELISM="false",
        GRPC_VERBOSITY="NONE",  # its lines on standard error are for its own developers
        GRPC_ENABLE_FORK_SUPPORT="0",
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ENABLE_UV_RUN_RUNTIME_ENV="0",  # workers run what is installed, not this folder
    )


def _merged(settings: T, table: Mapping[str, Any], where: str) -> T:
    known = {each.name: getattr(settings, each.name) for each in fields(settings)}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            raise ConfigError(
                f"{where}: there is no setting “{name}”; there are {', '.join(known)}."
            )
        changes[name] = _fitting(known[name], value, f"{where}: {name}")
    return replace(settings, **changes)  # type: ignore[type-var]


def _fitting(default: object, value: object, where: str) -> object:
    """The value in the default's type."""
    if isinstance(default, Secret):
        raise ConfigError(
            f"{where} may not stand in a file of settings: a variable holds it "
            "(docs/writer.md, docs/scale.md)."
        )
    if is_dataclass(default):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where} is a section of its own.")
        return _merged(default, value, where)
    kind = type(default)
    wanted = str if isinstance(default, Path) else kind
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        raise ConfigError(f"{where} must be of the kind of {default!r}, not {value!r}.")
    return Path(value) if isinstance(default, Path) else value  # type: ignore[arg-type]


def _overlaid(settings: T, variables: Mapping[str, str], prefix: str) -> T:
    changes: dict[str, Any] = {}
    for each in fields(settings):  # type: ignore[arg-type]
        name, default = f"{prefix}_{each.name.upper()}", getattr(settings, each.name)
        if is_dataclass(default):
            changes[each.name] = _overlaid(default, variables, name)
        elif name in variables:
            changes[each.name] = _parsed(default, variables[name], name)
    return replace(settings, **changes)  # type: ignore[type-var]


def _parsed(default: object, value: str, name: str) -> object:
    try:
        if isinstance(default, bool):
            return _SWITCHES[value.lower()]
        return type(default)(value)  # type: ignore[call-arg]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{name} must be of the kind of {default!r}, not “{value}”.") from error
