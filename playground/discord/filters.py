"""What Discord's filters refuse in a place: files, embeds, links, titles of threads.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
"""

from __future__ import annotations

from playground.world.places import Channel

from .drafts import Draft
from .errors import Refusal


def filter_draft(channel: Channel, draft: Draft) -> None:
    """Raise Refusal where a message holds what a filter of this place refuses."""
    if draft.attachments:
        _refuse(channel, "files")
    if draft.embeds:
        _refuse(channel, "embeds")
    if "http://" in draft.content or "https://" in draft.content:
        _refuse(channel, "links")


def filter_title(channel: Channel) -> None:
    """Raise Refusal where no thread may be named here."""
    _refuse(channel, "titles")


def _refuse(channel: Channel, what: str) -> None:
    for place in (channel, channel.parent):
        if place is not None and what in place.refuses:
            raise Refusal(place.refuses[what])
