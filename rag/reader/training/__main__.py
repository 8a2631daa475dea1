"""`python -m rag.reader.training COMMAND`: how the weights that ship were made.

prepare     makes the rows to learn from, with their unanswerable twins
train       trains, or goes on with a run; the same command goes on where it stopped
export      lays a run's weights, in half precision, where they ship
calibrate   fits the abstention on passages that nothing was learnt from, then measures
measure     writes the figures of the open sets
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rag.reader.training.export import export
from rag.reader.training.measure import Bench, calibrate, measure
from rag.reader.training.prepare import Recipe, prepare
from rag.reader.training.train import SEED, Plan, run


def main() -> None:
    """Reads the command line and runs one command."""
    parser = argparse.ArgumentParser(
        prog="python -m rag.reader.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function, add in (
        ("prepare", _prepare, _prepare_arguments),
        ("train", _train, _train_arguments),
        ("export", export, _export_arguments),
        ("calibrate", _calibrate, _measure_arguments),
        ("measure", _measure, _measure_arguments),
    ):
        command = commands.add_parser(name)
        command.add_argument("--base", type=Path, required=True, help="folder of the base model")
        add(command)
        command.set_defaults(function=function)
    arguments = vars(parser.parse_args())
    function = arguments.pop("function")
    del arguments["command"]
    function(**arguments)


def _prepare(**arguments: object) -> None:
    prepare(Recipe(**arguments))  # type: ignore[arg-type]  # the parser made their types


def _train(**arguments: object) -> None:
    run(Plan(**arguments))  # type: ignore[arg-type]


def _calibrate(**arguments: object) -> None:
    calibrate(Bench(**arguments))  # type: ignore[arg-type]


def _measure(**arguments: object) -> None:
    measure(Bench(**arguments))  # type: ignore[arg-type]


def _prepare_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, required=True, help="folder of the span sets")
    parser.add_argument("--articles", type=Path, required=True, help="folder of the squad2 set")
    parser.add_argument("--out", type=Path, required=True, help="file of the rows, .npz")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--scale", type=float, default=1.0, help="rows of each set, times this")
    parser.add_argument("--passes", type=int, default=1, help="times that each row is varied")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=Path, required=True, help="what `prepare` wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--start", type=Path, help="weights to go on from, as safetensors")
    parser.add_argument(
        "--teachers", type=Path, nargs="+", default=[], help="weights whose opinions are learnt"
    )
    parser.add_argument("--half", action="store_true", help="compute in bfloat16")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=1, help="times that all rows are learnt")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.2e-4, help="highest learning rate")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--minutes", type=float, help="end the run early, the rate falling to 0")
    parser.add_argument("--stop-after", type=float, help="minutes of this session; resume later")
    parser.add_argument("--save-every", type=float, default=5.0, help="minutes between checkpoints")


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--to", type=Path, required=True, help="folder of the weights")


def _measure_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--exports", type=Path, required=True, help="folder of exported graphs")
    parser.add_argument("--sets", type=Path, required=True, help="folder of the open sets")
    parser.add_argument("--document", type=Path, required=True, help="what `statement` asks about")
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the figures")
    parser.add_argument("--sample", type=int, default=100_000, help="questions of each set at most")


if __name__ == "__main__":
    main()
