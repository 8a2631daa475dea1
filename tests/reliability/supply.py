"""What is installed and loaded: row 40."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from rag.embedding.model_files import installed_model, model_in
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import RagError
from tests.conftest import ROOT
from tests.files import zipped
from tests.reliability.row import Outcome, Rows, Run

LOCK = ROOT / "requirements.lock"
CALLS = frozenset({
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "pickle.load",
    "pickle.loads", "marshal.loads", "shelve.open", "dill.load", "joblib.load", "yaml.load",
    "torch.load", "tempfile.mktemp", "gr.load", "gr.HTML", "gr.Interface.load",
})  # fmt: skip
"""Calls that run code out of data, or show data as code."""
MODULES = frozenset({"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"})
ARGUMENTS = frozenset({
    ("shell", True), ("trust_remote_code", True), ("sanitize_html", False), ("allow_pickle", True),
    ("weights_only", False), ("verify", False), ("share", True), ("api_open", True),
})  # fmt: skip
EVIL = "from pathlib import Path\nPath({!r}).write_text('ran')\nclass Evil:\n    pass\n"


def supply(run: Run) -> Outcome:
    """Altered packages are not installed, altered models do not run, and no data is code."""
    outcome = Outcome()
    _banned(outcome)
    _locked(outcome)
    _altered_package(run.folder, outcome)
    _evil_models(run, outcome)
    if run.long:
        _audited(outcome)
    return outcome


def offences(source: str) -> list[str]:
    """Banned calls, imports and arguments in a module."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            given = {(each.arg, getattr(each.value, "value", None)) for each in node.keywords}
            if (name := ast.unparse(node.func)) in CALLS and ("weights_only", True) not in given:
                found.append(name)
            found += [f"{name}={value}" for name, value in given & ARGUMENTS]
        elif isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(node.module or "")
    return found


def _banned(outcome: Outcome) -> None:
    for path in sorted((ROOT / "rag").rglob("*.py")):
        with outcome.trial(str(path.relative_to(ROOT))):
            assert not offences(path.read_text("utf-8"))


def _locked(outcome: Outcome) -> None:
    """Every package of the tested set has its hash, at the tested version."""
    pins = _pins(r"^([\w.-]+)==(\S+)", ROOT / "constraints.txt")
    locked = _pins(r"^([\w.-]+)==([^+\s]+)\S* --hash=sha256:[0-9a-f]{64}$", LOCK)
    known = {(_folded(name), version) for name, version in locked}
    for name, version in pins:
        with outcome.trial(f"the hash of {name}"):
            assert (_folded(name), version) in known
    outcome.figures["packages locked"] = len(locked)


def _pins(pattern: str, file: Path) -> list[tuple[str, str]]:
    return re.findall(pattern, file.read_text("utf-8"), re.MULTILINE)


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _altered_package(folder: Path, outcome: Outcome) -> None:
    """Pip installs a file whose hash is locked, and refuses it with one character changed."""
    wheel = folder / "locked-1.0-py3-none-any.whl"
    about = "Metadata-Version: 2.1\nName: locked\nVersion: 1.0\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    info = "locked-1.0.dist-info"
    wheel.write_bytes(
        zipped({f"{info}/METADATA": about, f"{info}/WHEEL": kind, f"{info}/RECORD": ""})
    )
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    altered = ("0" if digest[0] != "0" else "1") + digest[1:]
    for each, fits in ((digest, True), (altered, False)):
        with outcome.trial("a hash that fits" if fits else "an altered hash"):
            assert _installs(folder, f"locked==1.0 --hash=sha256:{each}\n") is fits
    with outcome.trial("no hash"):
        assert not _installs(folder, "locked==1.0\n")


def _installs(folder: Path, lock: str) -> bool:
    requirements = folder / "lock.txt"
    requirements.write_text(lock)
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(folder)]
    aside = ["--target", str(folder / "aside"), "--upgrade", "--require-hashes"]
    done = subprocess.run(
        [*pip, *aside, "-r", str(requirements)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 or "hash" in done.stderr.lower(), done.stderr[-300:]
    return done.returncode == 0


def _evil_models(run: Run, outcome: Outcome) -> None:
    """A folder that claims to be a model runs nothing of its own."""
    witness = run.folder / "ran"
    kinds = ("modeling_evil.Evil", "evil.Evil", "os.system", "rag.cli.main")
    for kind in kinds[: run.count(1, len(kinds))]:
        model = run.folder / f"model {kind}"
        shutil.copytree(installed_model().folder, model)
        for name in ("evil.py", "modeling_evil.py", "__init__.py"):
            (model / name).write_text(EVIL.format(str(witness)))
        modules = json.loads((model / "modules.json").read_text("utf-8"))
        modules[0]["type"] = kind
        (model / "modules.json").write_text(json.dumps(modules))
        config = json.loads((model / "config.json").read_text("utf-8"))
        config["auto_map"] = {"AutoModel": "modeling_evil.Evil", "AutoConfig": "modeling_evil.Evil"}
        (model / "config.json").write_text(json.dumps(config))
        with outcome.trial(f"a model of the kind {kind}"):
            with suppress(RagError):
                SentenceTransformerEmbedder(model_in(model)).embed(["a"])
            assert not witness.exists()


def _audited(outcome: Outcome) -> None:
    """pip-audit knows nothing against the locked set, and has looked at all of it."""
    tool = shutil.which("pip-audit")
    if tool is None:
        outcome.figures["pip-audit"] = "not installed"
        return
    command = [tool, "--requirement", str(LOCK), "--no-deps", "--disable-pip", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        audited = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        audited = []
    if all("skip_reason" in each for each in audited):
        outcome.figures["pip-audit"] = "its database cannot be reached"
        return
    for each in audited:
        with outcome.trial(f"the audit of {each['name']}"):
            assert "skip_reason" not in each, each.get("skip_reason")
            assert not each["vulns"], each["vulns"]


ROWS: Rows = {40: supply}
