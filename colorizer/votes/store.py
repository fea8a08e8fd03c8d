"""Votes: what is kept of each, and how they are counted. Nothing here is cached: the file is the truth."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

from colorizer.errors import InputError
from colorizer.evaluation import cache
from colorizer.models.registry import architecture
from colorizer.runs.store import Run
from colorizer.votes.database import rows, votes_file, writing

ANSWERS = ("left", "right", "tie")
"""What a vote can say; `tie`: cannot tell."""


@dataclass(frozen=True, order=True)
class Candidate:
    """Who colored a picture. A run whose weights have changed is another candidate."""

    run: str
    """Name of the run, or `truth`."""
    weights: str
    """SHA-256 of them and of what else its colors depend on, see `candidate`; empty for the truth."""


TRUTH = Candidate("truth", "")
"""The picture's own colors."""


@dataclass(frozen=True)
class Picture:
    """Which picture was judged."""

    source: str
    """A dataset's name, or what the page calls the photographs that come along."""
    fingerprint: str
    """The dataset's fingerprint; empty for photographs that come along."""
    name: str
    """Its row in the test set, or the photograph's name."""


@dataclass(frozen=True)
class Vote:
    """One answer."""

    session: str
    """Random; the same for all votes of one sitting, and nothing else is known of the person."""
    picture: Picture
    left: Candidate
    right: Candidate
    answer: str
    """One of `ANSWERS`."""
    milliseconds: int
    """How long the pictures were looked at."""


@dataclass(frozen=True)
class Tally:
    """All votes on two candidates, whichever side they were on."""

    first: Candidate
    second: Candidate
    first_wins: int
    second_wins: int
    ties: int

    @property
    def votes(self) -> int:
        """How many there are."""
        return self.first_wins + self.second_wins + self.ties


def candidate(run: Run) -> Candidate:
    """A run with the weights it has now, and with the vividness that its colors are shown at if that matters.

    Raises:
        InputError: its weights cannot be read.
    """
    digest = cache.network_digest(run)
    if not digest:
        raise InputError(f"The weights of run {run.name!r} cannot be read: train it first, or restore them.")
    if architecture(run.config.architecture).likelihoods:
        from colorizer.models.prediction import NATURAL  # Counting votes needs no PyTorch.

        digest = cache.digest(f"{digest} {NATURAL}".encode())
    return Candidate(run.name, digest)


def record(vote: Vote) -> int:
    """Keep a vote and return its number, for `undo`.

    Raises:
        InputError: the file cannot be written, is damaged or not one of votes.
    """
    picture, left, right = vote.picture, vote.left, vote.right
    values = (
        datetime.now(UTC).isoformat(timespec="milliseconds"), vote.session,
        picture.source, picture.fingerprint, picture.name,
        left.run, left.weights, right.run, right.weights, vote.answer, vote.milliseconds,
    )  # fmt: skip
    with writing() as database:
        cursor = database.execute(
            "INSERT INTO votes (at, session, source, fingerprint, picture, left_run, left_weights, right_run,"
            " right_weights, answer, milliseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(cursor.lastrowid or 0)


def undo(number: int) -> None:
    """Remove a vote; nothing happens if it is gone already.

    Raises:
        InputError: as of `record`.
    """
    with writing() as database:
        database.execute("DELETE FROM votes WHERE id = ?", (number,))


def tallies(source: str | None = None) -> list[Tally]:
    """How often each of two candidates was preferred.

    Args:
        source: only votes on pictures from there; by default all.

    Returns:
        One for each two candidates that met, in the order of their names.

    Raises:
        InputError: the file cannot be read, is damaged or not one of votes.
    """
    counts: dict[tuple[Candidate, Candidate], dict[str, int]] = {}
    for *sides, answer, count in rows(
        "SELECT left_run, left_weights, right_run, right_weights, answer, COUNT(*) FROM votes"
        " WHERE ? IS NULL OR source = ? GROUP BY 1, 2, 3, 4, 5",
        (source, source),
    ):
        left, right = Candidate(*sides[:2]), Candidate(*sides[2:])
        winner = {"left": left, "right": right}.get(answer)
        first, second = sorted((left, right))
        entry = counts.setdefault((first, second), {"first": 0, "second": 0, "tie": 0})
        entry["tie" if winner is None else "first" if winner == first else "second"] += count
    return [
        Tally(*pair, entry["first"], entry["second"], entry["tie"]) for pair, entry in sorted(counts.items())
    ]  # fmt: skip


@dataclass(frozen=True)
class Totals:
    """How much there is."""

    votes: int
    sessions: int


def totals() -> Totals:
    """How many votes there are, and of how many sittings. Errors as of `tallies`."""
    for row in rows("SELECT COUNT(*), COUNT(DISTINCT session) FROM votes"):
        return Totals(*row)
    return Totals(0, 0)


def sources() -> list[str]:
    """Where the pictures of all votes come from, sorted. Errors as of `tallies`."""
    return [source for (source,) in rows("SELECT DISTINCT source FROM votes ORDER BY 1")]


def as_csv() -> str:
    """All votes in the order they were given, a line each under a line of names. Errors as of `tallies`."""
    names = ("number", "at", "session", "source", "fingerprint", "picture", "left_run", "left_weights", "right_run",
             "right_weights", "answer", "milliseconds")  # fmt: skip
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows(rows(f"SELECT id AS {', '.join(names)} FROM votes ORDER BY id"))
    return text.getvalue()


def delete_all() -> int:
    """Delete all votes and return how many there were. Errors as of `record`."""
    if not votes_file().exists():
        return 0
    with writing() as database:
        return database.execute("DELETE FROM votes").rowcount
