"""Owns the SQL that ends polls: rows of the log, and what polls change of their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import PollOutcome, Tally
from aggregator.store.rows import fetch_row, poll_row, state_row
from aggregator.store.statements import inserting, setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.model import Conclusion, Poll
    from aggregator.store.connection import Connection, Row

_POLL = ("source_id", "started_at", "outcome", "status", "final_url", "wire_bytes", "fetch_s")
_QUIET_POLL = inserting("polls", *_POLL)
_POLL_WITH_NEWS = inserting("polls", *_POLL, "code", "message", "hops", *Tally.__struct_fields__)
_POLLED = ("polled_at", "succeeded_at", "next_poll_at", "next_poll_reason")
_AS_BEFORE = f"UPDATE sources SET {setting(*_POLLED)} WHERE id = :id"
_STANDING = setting(
    *_POLLED, "failures", "error_code", "error_message", "etag", "last_modified", "document_digest", "current_url", "moving_url",
    "moving_since", "moving_polls", "document_at", "freshness", "hints", "imported_at", "pulse_at", "pulse_gap_s",
    "hub_url", "topic_url",
)  # fmt: skip
_CHANGED = f"UPDATE sources SET {_STANDING} WHERE id = :id"


def write(connection: Connection, conclusions: Sequence[Conclusion]) -> None:
    """Write polls into the log and their outcomes to the sources. Most bring nothing, of which little is written."""
    polls = [c.poll for c in conclusions]
    connection.run_each(_QUIET_POLL, (fetch_row(poll) for poll in polls if _is_quiet(poll)))
    connection.run_each(_POLL_WITH_NEWS, (poll_row(poll) for poll in polls if not _is_quiet(poll)))
    connection.run_each(_AS_BEFORE, (_polled_row(c) for c in conclusions if _is_as_before(c)))
    connection.run_each(_CHANGED, (_standing_row(c) for c in conclusions if not _is_as_before(c)))


def _is_quiet(poll: Poll) -> bool:
    return not poll.tally.seen and poll.remark is None and not poll.hops


def _is_as_before(conclusion: Conclusion) -> bool:
    """Whether a poll left a source as it was, except for the times of its polls."""
    source = conclusion.source
    return (conclusion.state, conclusion.validators, conclusion.digest, conclusion.failures, conclusion.poll.remark) == (
        source.state, source.validators, source.document_digest, source.failures, source.error,
    )  # fmt: skip


def _polled_row(conclusion: Conclusion) -> Row:
    source, poll = conclusion.source, conclusion.poll
    return {
        "id": source.id,
        "polled_at": poll.started_at,
        "succeeded_at": source.succeeded_at if poll.outcome is PollOutcome.FAILED else poll.started_at,
        "next_poll_at": conclusion.next_poll.at,
        "next_poll_reason": conclusion.next_poll.reason,
    }


def _standing_row(conclusion: Conclusion) -> Row:
    poll = conclusion.poll
    return {
        **_polled_row(conclusion),
        "failures": conclusion.failures,
        "error_code": poll.remark.code if poll.remark else None,
        "error_message": poll.remark.message if poll.remark else None,
        "etag": conclusion.validators.etag,
        "last_modified": conclusion.validators.last_modified,
        "document_digest": conclusion.digest,
        **state_row(conclusion.state),
    }
