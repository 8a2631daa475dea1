"""A server can fail, be shared and be misused: what then becomes of its index."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from pymilvus import MilvusClient
from pymilvus.exceptions import MilvusException

from rag import bootstrap
from rag.bootstrap import open_library
from rag.config import MilvusSettings, Secret, Settings, load_settings
from rag.errors import (
    ConfigError,
    IndexBusyError,
    IndexCorruptError,
    IndexingError,
    IndexMismatchError,
    IndexMissingError,
    IndexUnavailableError,
)
from rag.indexing.milvus import MilvusIndexStore, Server, manifest, schema
from rag.indexing.milvus import build as builds
from rag.indexing.milvus import server as servers
from tests.indexing.builders import RECIPE, corpus, document, fill, vectors
from tests.indexing.conftest import Database
from tests.indexing.lite import serving
from tests.indexing.test_both_stores import lines, published, told

pytestmark = pytest.mark.server


class CutOff(Server):
    """Lets so many requests through, and then none."""

    left = 0

    def _connected(self) -> MilvusClient:
        self.left -= 1
        if self.left < 0:
            raise MilvusException(code=2, message="the line is cut")
        return super()._connected()


@pytest.fixture
def name(database: Database) -> str:
    """A name of the test's own."""
    return database.name()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index folder."""
    return tmp_path / "index"


def test_a_line_cut_at_any_request_leaves_the_old_answer(
    database: Database, name: str, folder: Path
) -> None:
    """Whichever request of a build is the last that gets through, the alias leads to a complete
    generation: the old one, or the new one; the next build then succeeds.
    """
    published(database.store(folder, name), *corpus("old", 20))
    for requests in count():
        server = CutOff(database.uri, name)
        server.left = requests
        store = MilvusIndexStore(server, folder, RECIPE)
        with suppress(IndexUnavailableError):
            published(store, *corpus("new", 20))
            break
        fresh = database.store(folder, name)
        assert told(fresh.open()) in (lines(corpus("old", 20)), lines(corpus("new", 20)))
        assert fresh.verify() == []
    assert requests > 15
    assert told(published(database.store(folder, name), *corpus("last"))) == lines(corpus("last"))
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_the_live_generation_is_not_dropped(database: Database, name: str, folder: Path) -> None:
    """Milvus would remove it from behind its alias; we refuse, and the alias goes on answering."""
    published(database.store(folder, name), *corpus("x"))
    server = Server(database.uri, name)
    live = server.live()
    assert live is not None
    with pytest.raises(IndexingError, match="stays"):
        server.drop(live)
    assert told(database.store(folder, name).open()) == lines(corpus("x"))


def test_what_was_replaced_stays_for_its_readers(
    database: Database, name: str, folder: Path
) -> None:
    """Within the grace everything stays; after it, all but the live one and the one before. A
    reader who stayed longer is told to ask again.
    """
    server = Server(database.uri, name)
    first = published(database.store(folder, name), *corpus("tag1"))
    for number in (2, 3):
        published(database.store(folder, name), *corpus(f"tag{number}"))
    assert [each.number for each in server.generations()] == [1, 2, 3]
    assert told(first) == lines(corpus("tag1"))
    published(database.store(folder, name, grace=0), *corpus("tag4"))
    assert [each.number for each in server.generations()] == [3, 4]
    with pytest.raises(IndexMissingError, match="ask again"):
        told(first)


def test_names_do_not_meet(database: Database, name: str, folder: Path) -> None:
    """Two libraries on one server, one's name beginning the other's, leave each other alone."""
    longer = f"{name}_b"
    published(database.store(folder, name), *corpus("one"))
    for number in range(3):
        published(database.store(folder, longer, grace=0), *corpus(f"other{number}"))
    assert [each.number for each in Server(database.uri, name).generations()] == [1]
    assert told(database.store(folder, name).open()) == lines(corpus("one"))


def test_of_two_machines_the_second_to_finish_is_refused(
    database: Database, name: str, tmp_path: Path
) -> None:
    """Locks do not reach so far: the alias is looked at again before it is switched."""
    one, other = (database.store(tmp_path / side, name) for side in ("one", "other"))
    published(one, *corpus("old"))
    with one.build() as build:
        fill(build, corpus("slow"))
        published(other, *corpus("quick"))
        with pytest.raises(IndexBusyError, match="another machine"):
            build.publish([])
    assert told(one.open()) == lines(corpus("quick"))
    assert len(Server(database.uri, name).generations()) == 2


def test_a_strangers_collection_is_left_alone(database: Database, name: str, folder: Path) -> None:
    """An alias that leads to something else is neither read, switched nor removed."""
    server = Server(database.uri, name)
    with server.asked() as client:
        client.create_collection(f"{name}_theirs", dimension=4)
        client.create_alias(f"{name}_theirs", name)
    store = database.store(folder, name)
    for act in (store.open, store.current, lambda: published(store, *corpus("x"))):
        with pytest.raises(IndexingError, match=f"{name}_theirs, which rag did not make"):
            act()
    assert len(store.verify()) == 1
    with server.asked() as client:
        assert client.has_collection(f"{name}_theirs")


def test_collections_of_another_shape_are_refused(
    database: Database, name: str, folder: Path
) -> None:
    """Our name on it, and other fields in it: one sentence."""
    server = Server(database.uri, name)
    made = server.new()
    with server.asked() as client:
        client.create_collection(made.passages, dimension=4)
        client.create_collection(made.documents, dimension=4)
        client.create_alias(made.passages, name)
    store = database.store(folder, name)
    with pytest.raises(IndexingError) as refused:
        store.open()
    assert str(refused.value).count("\n") == 0
    assert len(store.verify()) == 1


def test_passages_that_went_missing_are_noticed(
    database: Database, name: str, folder: Path
) -> None:
    """Opening counts them; a rebuild takes nothing over."""
    store = database.store(folder, name)
    published(store, *corpus("x"))
    server = Server(database.uri, name)
    with server.asked() as client:
        client.delete(name, ids=[2])
    with pytest.raises(IndexCorruptError, match="5 of 6 passages: run `rag index`"):
        store.open()
    assert published(store, *corpus("y")).generation == 2


def test_every_alteration_is_found(database: Database, name: str, folder: Path) -> None:
    """`verify` reads back vectors, words, texts, documents and the manifest."""
    store = database.store(folder, name)
    published(store, *corpus("x"))
    server = Server(database.uri, name)
    live = server.live()
    assert live is not None
    row = next(iter(store.open().rows()))
    part = store.open()._parts_at([0])[0]
    for altered in ({"words": "other"}, {"text": ""}, {"dense": vectors(["z"])[0]}, {"stop": 3}):
        with server.asked() as client:
            client.upsert(live.passages, [{**row, **altered}])
        [fault] = store.verify()
        assert "passages on the server" in fault
        with server.asked() as client:
            client.upsert(live.passages, [row])
        assert store.verify() == []
    spoilt = {**part, "value": schema.packed(b"{}\n"), "nothing": schema.NOTHING}
    with server.asked() as client:
        client.upsert(live.documents, [spoilt])
    [fault] = store.verify()
    assert "documents on the server" in fault
    with server.asked() as client:
        client.upsert(live.documents, [{**spoilt, "number": -1, "value": "?"}])
    with pytest.raises(IndexCorruptError, match="damaged"):
        store.open()


def test_a_newer_format_is_refused() -> None:
    """It is named, with what this version reads."""
    empty = manifest.Manifest({}, "", "", 0, 0, (), (), format=manifest.FORMAT + 1)
    with pytest.raises(IndexMismatchError, match="format 2, and this version of rag reads 1"):
        manifest.decode(manifest.encode(empty))


def test_long_documents_travel_in_parts(
    database: Database, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many fields and requests they need, texts and manifest come back whole."""
    monkeypatch.setattr(schema, "_PART", 64)
    monkeypatch.setattr(schema, "_LONGEST", 128)
    long = document("long.txt", "".join(f"line {at} of \udfff many\n" for at in range(300)))
    index = published(database.store(folder, name), long, *corpus("x"))
    assert index.document(long.id) == long
    assert index.passages_of(long.id)[-1].text == "line 299 of \udfff many"
    assert database.store(folder, name).verify() == []


def test_no_server_is_one_sentence(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It names the address and what to see to; the client's tracebacks are kept from the user."""
    store = MilvusIndexStore(Server("http://127.0.0.1:9", "rag", "secret:token"), folder, RECIPE)
    for act in (store.open, store.current, lambda: published(store, *corpus("x"))):
        with pytest.raises(IndexUnavailableError, match=r"http://127.0.0.1:9 .*milvus.uri") as said:
            act()
        assert "secret" not in str(said.value)
        assert "\n" not in str(said.value)
    assert len(store.verify()) == 1
    assert caplog.records == []


def test_a_killed_server_comes_back_with_the_old_answer(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in mid-build: questions and the build end in one sentence. Started again, an index
    that was open answers by itself, from the old generation, and a build succeeds.
    """
    monkeypatch.setattr(servers, "READING", 2.0)
    for module in (servers, builds):
        monkeypatch.setattr(module, "WRITING", 2.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = serving(tmp_path / "data", port)
    try:
        server = Server(f"http://127.0.0.1:{port}", "rag")
        store = MilvusIndexStore(server, folder, RECIPE)
        index = published(store, *corpus("old"))
        with store.build() as build:
            fill(build, corpus("new"))
            process.kill()
            process.wait()
            with pytest.raises(IndexUnavailableError, match="cannot be used now"):
                index.matching(["mines"], 3)
            with pytest.raises(IndexUnavailableError, match="cannot be used now"):
                build.publish([])
        process = serving(tmp_path / "data", port)
        assert told(index) == lines(corpus("old"))
        assert len(index.matching(["mines"], 9)[0]) == 3
        assert store.current() == 1
        assert store.verify() == []
        assert told(published(store, *corpus("new"))) == lines(corpus("new"))
        server.close()
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (MilvusSettings("localhost:19530"), "must begin with http"),
        (MilvusSettings("http://root:pw@host:19530"), "no password"),
        (MilvusSettings("http://host", name="a-b"), "milvus.name is 'a-b'"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path: Path, settings: MilvusSettings, said: str) -> None:
    """Each is one sentence, which repeats no password."""
    with pytest.raises(ConfigError, match=said) as refused:
        open_library(replace(Settings(tmp_path, tmp_path / "index"), milvus=settings))
    assert "pw" not in str(refused.value).replace("password", "")


def test_the_extra_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install stands in the sentence."""
    monkeypatch.setattr(bootstrap, "find_spec", lambda _: None)
    settings = Settings(tmp_path, tmp_path / "index", milvus=MilvusSettings("http://host"))
    with pytest.raises(ConfigError, match=r"pip install 'rag\[milvus\]'"):
        open_library(settings)


def test_the_token_comes_from_the_environment(tmp_path: Path) -> None:
    """And is not shown; a settings file may not hold it."""
    settings = load_settings(tmp_path / "none", {"RAG_MILVUS_TOKEN": "root:pw"})
    assert settings.milvus.token == Secret("root:pw")
    assert "root:pw" not in repr(settings)
    (tmp_path / "rag.toml").write_text('[milvus]\ntoken = "root:pw"\n')
    with pytest.raises(ConfigError, match=r"docs/scale.md"):
        load_settings(tmp_path / "rag.toml", {})
