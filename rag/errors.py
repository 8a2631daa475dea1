"""Everything that can go wrong, as one tree.

RagError
    ConfigError                  a setting, argument or folder is unusable
    ParseError                   one file could not be read; the others go on
        UnsupportedFormatError   not a format that is read here
        EncryptedDocumentError   needs a password
        NoTextError              no text in it: empty, or scanned pages only
        TooComplexError          over a limit of time, memory, pages or text
        DamagedDocumentError     not what its name says, or broken
    IndexingError
        IndexMissingError        nothing built yet
        IndexMismatchError       built with another model, chunker or format
        IndexCorruptError        bytes differ from the manifest
        IndexBusyError           another process is building
        IndexUnavailableError    the server that holds the index does not answer
        WorkersError             workers of a cluster were lost; what they did is kept
    FetchError                   one address gave no document; the others go on
    ModelError
        ModelMissingError        files of a model are absent or altered
        ModelUnavailableError    a model is there but cannot run here
        WriterError              a language model's endpoint gave nothing usable; quotations stand
    DeadlineError                an answer took longer than the server lets it
    StoppedError                 the program is ending; what was begun is left

Each carries one sentence that a user can act on. Abstaining and an unfound quote are values,
not errors.
"""

from __future__ import annotations


class RagError(Exception):
    """Base of all errors that are reported to the user as one sentence."""


class ConfigError(RagError):
    """A setting, an argument or a folder is unusable; the sentence says which and what to do."""


class ParseError(RagError):
    """One file could not be read. Shown as "{path}: {reason}"; the other files go on."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UnsupportedFormatError(ParseError):
    """The bytes are of no format that is read here; convert the file."""


class EncryptedDocumentError(ParseError):
    """The file needs a password; save a copy without one."""


class NoTextError(ParseError):
    """The file holds no text: it is empty, or its pages are scans without a text layer."""


class TooComplexError(ParseError):
    """Reading took more time, memory, pages or text than allowed."""


class DamagedDocumentError(ParseError):
    """The file is broken, or is not what its name says."""


class IndexingError(RagError):
    """The index cannot be built, opened or used."""


class IndexMissingError(IndexingError):
    """Nothing has been built yet: run `rag index`."""


class IndexMismatchError(IndexingError):
    """The index was built with another model, chunker or format: run `rag index` again."""


class IndexCorruptError(IndexingError):
    """Bytes on disk are not those that were published: `rag doctor` names them."""


class IndexBusyError(IndexingError):
    """Another process is building; wait for it."""


class IndexUnavailableError(IndexingError):
    """The server that holds the index does not answer; questions can be asked again later."""


class WorkersError(IndexingError):
    """A cluster's workers cannot do their work; nothing is published, and what was done is kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}: nothing was published; what was read and embedded is kept for the next "
            "`rag index --workers ray`"
        )


class FetchError(RagError):
    """One address gave no document. The message says why and follows the entry's name."""


class ModelError(RagError):
    """A model cannot be used."""


class ModelMissingError(ModelError):
    """Files of a model are absent or altered; the sentence names the file."""


class ModelUnavailableError(ModelError):
    """A model's files are there, but it cannot run on this machine."""


class WriterError(ModelError):
    """A language model's endpoint gave nothing usable; the documents' sentences are shown instead.

    `reason` continues "The model's answer cannot be used: ..."; it never holds what was received.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The model's answer cannot be used: {reason}. These are the documents' own sentences."
        )
        self.reason = reason


class DeadlineError(RagError):
    """An answer took longer than `server.seconds`; ask again, or give it more."""


class StoppedError(RagError):
    """The program was told to end while it read or drew a document; nothing is half done."""
