"""Discord's error answers: an HTTP status, a code of its own, and a tree of what is wrong.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_SAYS = {
    0: (401, "401: Unauthorized"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20009: (400, "Explicit content cannot be sent to the desired recipient(s)"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "This interaction has reached the maximum number of follow-up messages"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50045: (400, "File uploaded exceeds the maximum size"),
    50046: (400, "Invalid file uploaded"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "This thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
    200000: (400, "Message was blocked by automatic moderation"),
    200001: (400, "Title was blocked by automatic moderation"),
    240000: (400, "Message blocked by harmful links filter"),
}


class Refusal(Exception):
    """An error answer. The status and the words follow from Discord's code.

    ``foreseeable``: whether the bot could have known that it would be refused; None: as always with this code.
    """

    def __init__(
        self, code: int, *, errors: Json | None = None, status: int | None = None, message: str | None = None,
        foreseeable: bool | None = None,
    ) -> None:  # fmt: skip
        self.foreseeable = foreseeable
        usual, words = _SAYS.get(code, (400, "Invalid Form Body"))
        self.code = code
        self.status = status or usual
        self.message = message or words
        self.errors = errors
        super().__init__(f"{self.status} {code}: {self.message} {errors or ''}")

    def as_json(self) -> Json:
        answer: Json = {"message": self.message, "code": self.code}
        if self.errors:
            answer["errors"] = self.errors
        return answer


class FormErrors:
    """The errors of a body so far, in the nested shape that Discord answers with code 50035."""

    def __init__(self) -> None:
        self.tree: Json = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        node = self.tree
        for key in path:
            node = node.setdefault(str(key), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def check(self, *, foreseeable: bool | None = None) -> None:
        """Raise Refusal 50035 if anything was wrong."""
        if self.tree:
            raise Refusal(50035, errors=self.tree, foreseeable=foreseeable)
