"""Read, write and count votes. Nothing is cached: the database is the only state."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

from colorizer.errors import InputError
from colorizer.evaluation import cache
from colorizer.models.registry import architecture
from colorizer.runs import Run
from colorizer.votes.database import query, transaction, votes_file

ANSWERS = ("left", "right", "tie")
"""The possible answers; `tie`: cannot tell."""


@dataclass(frozen=True, order=True)
class Candidate:
    """A source of colors. A run with other weights is another candidate."""

    run: str
    """Name of the run, or `truth` for the original."""
    weights: str
    """SHA-256 of the weights and of the settings its colors depend on; empty for the original."""


ORIGINAL = Candidate("truth", "")
"""The original colors of the picture."""


@dataclass(frozen=True)
class Picture:
    """Identifies a picture."""

    source: str
    """Name of the dataset, or `photographs` for the bundled ones."""
    fingerprint: str
    """The dataset's fingerprint; empty for bundled photographs."""
    name: str
    """Its index in the test set, or the photograph's name."""


@dataclass(frozen=True)
class Vote:
    """One answer."""

    session: str
    """A random id of the session; nothing else is stored about the person."""
    picture: Picture
    left: Candidate
    right: Candidate
    answer: str
    """One of `ANSWERS`."""
    milliseconds: int
    """Response time."""


@dataclass(frozen=True)
class Tally:
    """The votes on two candidates, on whichever side they were shown."""

    first: Candidate
    second: Candidate
    first_wins: int
    second_wins: int
    ties: int

    @property
    def votes(self) -> int:
        """Number of votes, including ties."""
        return self.first_wins + self.second_wins + self.ties


def candidate(run: Run) -> Candidate:
    """Return the candidate for a run with its current weights and, where it matters, the default vividness.

    Raises:
        InputError: its weights cannot be read.
    """
    digest = cache.network_digest(run)
    if not digest:
        raise InputError(f"The weights of run {run.name!r} cannot be read: train it first, or restore them.")
    if architecture(run.config.architecture).predicts_distribution:
        from colorizer.models.prediction import NATURAL  # Imported late: counting votes needs no PyTorch.

        digest = cache.digest(f"{digest} {NATURAL}".encode())
    return Candidate(run.name, digest)


def record(vote: Vote) -> int:
    """Store a vote and return its number, for `undo`. Raises the errors of `database.transaction`."""
    picture, left, right = vote.picture, vote.left, vote.right
    values = (
        datetime.now(UTC).isoformat(timespec="milliseconds"), vote.session,
        picture.source, picture.fingerprint, picture.name,
        left.run, left.weights, right.run, right.weights, vote.answer, vote.milliseconds,
    )  # fmt: skip
    with transaction() as database:
        cursor = database.execute(
            "INSERT INTO votes (at, session, source, fingerprint, picture, left_run, left_weights, right_run,"
            " right_weights, answer, milliseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(cursor.lastrowid or 0)


def undo(number: int) -> None:
    """Delete a vote, if it is still there. Raises the errors of `database.transaction`."""
    with transaction() as database:
        database.execute("DELETE FROM votes WHERE id = ?", (number,))


def tallies(source: str | None = None) -> list[Tally]:
    """Count the votes on each pair of candidates. Raises the errors of `database.query`.

    Args:
        source: count only votes on pictures from this source; by default all.

    Returns:
        One tally for each pair that has votes, sorted by names.
    """
    counts: dict[tuple[Candidate, Candidate], dict[str, int]] = {}
    for *sides, answer, count in query(
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
    """Numbers of votes and of sessions."""

    votes: int
    sessions: int


def totals() -> Totals:
    """Count all votes and sessions. Raises the errors of `database.query`."""
    for row in query("SELECT COUNT(*), COUNT(DISTINCT session) FROM votes"):
        return Totals(*row)
    return Totals(0, 0)


def sources() -> list[str]:
    """Return the sources of the pictures of all votes, sorted. Raises the errors of `database.query`."""
    return [source for (source,) in query("SELECT DISTINCT source FROM votes ORDER BY 1")]


def as_csv() -> str:
    """Return all votes as CSV, oldest first. Raises the errors of `database.query`."""
    names = ("number", "at", "session", "source", "fingerprint", "picture", "left_run", "left_weights", "right_run",
             "right_weights", "answer", "milliseconds")  # fmt: skip
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows(query(f"SELECT id AS {', '.join(names)} FROM votes ORDER BY id"))
    return text.getvalue()


def delete_all() -> int:
    """Delete all votes and return how many there were. Raises the errors of `database.transaction`."""
    if not votes_file().exists():
        return 0
    with transaction() as database:
        return database.execute("DELETE FROM votes").rowcount
