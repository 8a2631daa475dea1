"""What is installed and loaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.reliability import supply
from tests.reliability.row import Row


@pytest.mark.model
@pytest.mark.server
def test_altered_packages_and_models_are_refused(check: Callable[[Row], None]) -> None:
    """A wrong hash ends an installation, a model's own code never runs, and rag/ has none such."""
    check(supply.ROWS[40])


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "eval('1')", "run(['x'], shell=True)",
        "AutoModel.from_pretrained('x', trust_remote_code=True)", "gr.HTML(text)", "gr.load('x')",
        "gr.Chatbot(sanitize_html=False)", "np.load(f, allow_pickle=True)", "os.system('x')",
    ],
)  # fmt: skip
def test_the_list_of_what_is_banned_finds_it(source: str) -> None:
    """Each banned construct is found where it stands."""
    assert supply.offences(source)
