"""Messages and attachments in the JSON shapes of Discord's API v10."""

from __future__ import annotations

import re
from typing import Any

from playground.world.messages import Attachment
from playground.world.places import Channel, InteractionMetadata, InteractionType, Message

from .place_shapes import PlaceShapes, iso, user

Json = dict[str, Any]

CONTENT_INTENT = 1 << 15
IS_SPOILER = 1 << 3
"""https://discord.com/developers/docs/resources/message#attachment-object-attachment-flags"""
EMBED_FIELDS = frozenset(
    ("type", "url", "title", "color", "timestamp", "description", "author", "image", "thumbnail", "footer", "fields",
     "provider", "video")
)  # fmt: skip
"""https://discord.com/developers/docs/resources/message#embed-object"""
SNAPSHOT_FIELDS = frozenset(
    ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions", "mention_roles",
     "stickers", "sticker_items", "components")
)  # fmt: skip
"""The fields that a forward shows of the message that it forwards: its author is not among them."""


def names(text: str, user_id: int) -> bool:
    """Return whether a text mentions this user."""
    return re.search(rf"<@!?{user_id}>", text) is not None


class MessageShapes(PlaceShapes):
    """The shapes of messages, with the addresses of their files."""

    def attachment(self, file: Attachment, channel: Channel) -> Json:
        shape: Json = {
            "id": str(file.id), "filename": file.name, "size": len(file.data),
            "url": self.signer.url(file, channel, self.world.clock()),
            "proxy_url": self.signer.url(file, channel, self.world.clock(), proxy=True),
        }  # fmt: skip
        optional = {"content_type": file.content_type, "description": file.description, "title": file.title,
                    "width": file.width, "height": file.height}  # fmt: skip
        shape |= {key: value for key, value in optional.items() if value is not None}
        if file.ephemeral:
            shape["ephemeral"] = True
        if file.covered:
            shape["flags"] = IS_SPOILER
        return shape

    def message(
        self, message: Message, *, readable: bool = True, nested: bool = False, intents: int | None = None
    ) -> Json:
        """Build a message. ``readable=False``: the bot lacks the message content intent and did not write it."""
        files = [file for file in message.attachments if readable and not file.placed]
        shape: Json = {
            "id": str(message.id), "channel_id": str(message.channel.id), "type": message.kind,
            "author": user(message.author), "content": message.content if readable else "",
            "timestamp": iso(message.created_at),
            "edited_timestamp": None if message.edited_at is None else iso(message.edited_at),
            "tts": False, "pinned": False, "mention_everyone": message.mention_everyone,
            "mention_roles": [str(role.id) for role in message.mention_roles],
            "mentions": [user(person) for person in message.mentions], "flags": message.flags,
            "attachments": [self.attachment(file, message.channel) for file in files],
            "embeds": [self._embed(embed, message) for embed in message.embeds] if readable else [],
            "components": [self._component(part, message) for part in message.components] if readable else [],
        }  # fmt: skip
        if message.reactions:
            shape["reactions"] = [
                {"emoji": {"id": None, "name": name}, "count": len(who), "me": self.world.bot in who, "me_burst": False,
                 "count_details": {"burst": 0, "normal": len(who)}, "burst_colors": []}
                for name, who in message.reactions.items()
            ]  # fmt: skip
        if message.stickers and readable:
            shape["sticker_items"] = [
                {"id": str(sticker.id), "name": sticker.name, "format_type": sticker.format_type}
                for sticker in message.stickers
            ]
        if message.nonce is not None:
            shape["nonce"] = message.nonce
        if message.thread is not None:
            shape["thread"] = self.channel(message.thread)
        if message.reference is not None:
            shape["message_reference"] = {"type": 0, **message.reference}
        if message.forwarded is not None:
            shape["message_snapshots"] = [{"message": self._snapshot(message.forwarded, readable)}]
        if message.interaction is not None:
            shape |= self._origin(message, message.interaction)
        if message.reply_to is not None and not nested:
            shape["referenced_message"] = (
                None
                if message.reply_to.deleted
                else self.message(message.reply_to, readable=self.readable(message.reply_to, intents), nested=True)
            )
        return shape

    def readable(self, message: Message, intents: int | None = None) -> bool:
        """Return whether the bot may read it. ``intents`` are the session's; REST goes by the switches in the portal.

        https://discord.com/developers/docs/events/gateway#message-content-intent
        A reply counts as a mention where it pings, unless it answers an interaction's answer:
        https://discord.com/developers/docs/gateway/you-might-not-need-a-privileged-intent
        """
        bot = self.world.bot
        by_reply = message.reply_to is None or message.reply_to.interaction is None
        mentioned = bot in message.mentions and (by_reply or names(message.content, bot.id))
        exempt = message.author is bot or mentioned or message.channel.guild is None
        return exempt or (self.world.application.message_content if intents is None else bool(intents & CONTENT_INTENT))

    def _snapshot(self, message: Message, readable: bool) -> Json:
        """Build a snapshot. https://discord.com/developers/docs/resources/message#message-snapshot-object"""
        shape = self.message(message, readable=readable, nested=True)
        return {key: value for key, value in shape.items() if key in SNAPSHOT_FIELDS}

    def _origin(self, message: Message, interaction: InteractionMetadata) -> Json:
        """Build what a message shows of its interaction.

        https://discord.com/developers/docs/resources/message#message-interaction-metadata-object
        """
        app = str(self.world.application.id)
        origin = self._metadata(interaction)
        if interaction.original is not None and interaction.original is not message:
            origin["original_response_message_id"] = str(interaction.original.id)
        shape: Json = {"application_id": app, "webhook_id": app, "interaction_metadata": origin}
        if interaction.kind is InteractionType.COMMAND:
            plain = {key: origin[key] for key in ("id", "type", "user")}
            shape["interaction"] = plain | {"name": interaction.data["name"]}
        return shape

    def _metadata(self, interaction: InteractionMetadata) -> Json:
        shape: Json = {
            "id": str(interaction.id), "type": int(interaction.kind), "user": user(interaction.user),
            "authorizing_integration_owners": self._owners(interaction),
        }  # fmt: skip
        if interaction.kind is InteractionType.COMPONENT and interaction.source is not None:
            shape["interacted_message_id"] = str(interaction.source.id)
        if interaction.kind is InteractionType.COMMAND and interaction.target is not None:
            shape["target_message_id"] = str(interaction.target.id)
        if interaction.opener is not None:
            shape["triggering_interaction_metadata"] = self._metadata(interaction.opener)
        return shape

    def _owners(self, interaction: InteractionMetadata) -> Json:
        if interaction.by_user_install:
            return {"1": str(interaction.user.id)}
        return {"0": str(interaction.guild.id) if interaction.guild is not None else "0"}

    def _embed(self, embed: Json, message: Message) -> Json:
        """Build an embed; what Discord does not know of an embed is dropped."""
        shape = {"type": "rich", **{key: value for key, value in embed.items() if key in EMBED_FIELDS}}
        for key in ("image", "thumbnail", "author", "footer"):
            if isinstance(shape.get(key), dict):
                shape[key] = self._media(shape[key], message, "url" if key in ("image", "thumbnail") else "icon_url")
        return shape

    def _media(self, media: Json, message: Message, key: str = "url") -> Json:
        """Resolve attachment://name to the file's address; an address elsewhere gets a proxy_url beside it."""
        address = str(media.get(key) or "")
        proxy = "proxy_url" if key == "url" else f"proxy_{key}"
        if address.startswith("attachment://"):
            for file in message.attachments:
                if file.name == address.removeprefix("attachment://"):
                    shape = self.attachment(file, message.channel)
                    extra: Json = {name: shape[name] for name in ("width", "height", "content_type") if name in shape}
                    return media | {key: shape["url"], proxy: shape["proxy_url"]} | (extra if key == "url" else {})
            return media
        return media | {proxy: self.signer.external(address)} if address.startswith("http") else media

    def _unfurled(self, media: Json, message: Message) -> Json:
        """Build a media item. https://discord.com/developers/docs/components/reference#unfurled-media-item"""
        for file in message.attachments:
            if media.get("url") == f"attachment://{file.name}":
                return self._media(media, message) | {"id": str(file.id), "attachment_id": str(file.id)}
        shape = self._media(media, message) | {"id": str(message.id)}
        if media.get("url") in self.world.external:
            shape["content_type"] = self.world.external[media["url"]][1]
        return shape

    def _component(self, part: Json, message: Message) -> Json:
        shape = {key: value for key, value in part.items() if key != "required"}  # that is a form's, not a message's
        for key in ("components", "items"):
            if isinstance(part.get(key), list):
                shape[key] = [self._component(inner, message) for inner in part[key]]
        for key in ("media", "file"):
            if isinstance(part.get(key), dict):
                shape[key] = self._unfurled(part[key], message)
        for file in message.attachments if isinstance(part.get("file"), dict) else ():
            if part["file"].get("url") == f"attachment://{file.name}":
                shape |= {"name": file.name, "size": len(file.data), "spoiler": bool(part.get("spoiler"))}
        if isinstance(part.get("accessory"), dict):
            shape["accessory"] = self._component(part["accessory"], message)
        return shape
