"""Messages and attachments in the JSON shapes of Discord's API v10."""

from __future__ import annotations

from typing import Any

from playground.interactions import Interaction
from playground.messages import Attachment, Message
from playground.places import Channel

from .place_shapes import PlaceShapes, iso, user

Json = dict[str, Any]

CONTENT_INTENT = 1 << 15


class MessageShapes(PlaceShapes):
    """What is said, and where its files are found."""

    def attachment(self, of: Attachment, channel: Channel) -> Json:
        shape: Json = {
            "id": str(of.id), "filename": of.name, "size": len(of.data),
            "url": self.signer.url(of, channel, self.world.clock()),
            "proxy_url": self.signer.url(of, channel, self.world.clock(), proxy=True),
        }  # fmt: skip
        optional = {"content_type": of.content_type, "description": of.description, "title": of.title,
                    "width": of.width, "height": of.height}  # fmt: skip
        shape |= {key: value for key, value in optional.items() if value is not None}
        if of.ephemeral:
            shape["ephemeral"] = True
        return shape

    def message(self, of: Message, *, readable: bool = True, nested: bool = False, intents: int | None = None) -> Json:
        """``readable=False`` is what a bot without the message content intent gets of other people's messages."""
        shown = [one for one in of.attachments if readable and not one.placed]
        shape: Json = {
            "id": str(of.id), "channel_id": str(of.channel.id), "type": of.kind, "author": user(of.author),
            "content": of.content if readable else "", "timestamp": iso(of.created_at),
            "edited_timestamp": None if of.edited_at is None else iso(of.edited_at), "tts": False, "pinned": False,
            "mention_everyone": of.mention_everyone, "mention_roles": [str(one.id) for one in of.mention_roles],
            "mentions": [user(one) for one in of.mentions], "flags": of.flags,
            "attachments": [self.attachment(one, of.channel) for one in shown],
            "embeds": [self._embed(one, of) for one in of.embeds] if readable else [],
            "components": [self._component(one, of) for one in of.components] if readable else [],
        }  # fmt: skip
        if of.reactions:
            shape["reactions"] = [
                {"emoji": {"id": None, "name": name}, "count": len(who), "me": self.world.bot in who, "me_burst": False,
                 "count_details": {"burst": 0, "normal": len(who)}, "burst_colors": []}
                for name, who in of.reactions.items()
            ]  # fmt: skip
        if of.nonce is not None:
            shape["nonce"] = of.nonce
        if of.thread is not None:
            shape["thread"] = self.channel(of.thread)
        if of.reference is not None:
            shape["message_reference"] = {"type": 0, **of.reference}
        if of.interaction is not None:
            shape |= self._origin(of, of.interaction)
        if of.reply_to is not None and not nested:
            shape["referenced_message"] = (
                None
                if of.reply_to.deleted
                else self.message(of.reply_to, readable=self.readable(of.reply_to, intents), nested=True)
            )
        return shape

    def readable(self, of: Message, intents: int | None = None) -> bool:
        """May the bot read it? ``intents`` are the session's; REST goes by what is switched on in the portal.

        https://discord.com/developers/docs/events/gateway#message-content-intent
        """
        bot = self.world.bot
        exempt = of.author is bot or bot in of.mentions or of.channel.guild is None
        return exempt or (self.world.application.message_content if intents is None else bool(intents & CONTENT_INTENT))

    def _origin(self, of: Message, interaction: Interaction) -> Json:
        app = str(self.world.application.id)
        origin: Json = {
            "id": str(interaction.id), "type": int(interaction.kind), "user": user(interaction.user),
            "authorizing_integration_owners": self._owners(interaction),
        }  # fmt: skip
        if interaction.source is not None:
            origin["interacted_message_id"] = str(interaction.source.id)
        if interaction.original is not None and interaction.original is not of:
            origin["original_response_message_id"] = str(interaction.original.id)
        shape: Json = {"application_id": app, "webhook_id": app, "interaction_metadata": origin}
        if interaction.kind == 2:
            origin["name"] = interaction.data["name"]
            plain = {key: origin[key] for key in ("id", "type", "name", "user")}
            shape["interaction"] = plain
        return shape

    def _owners(self, of: Interaction) -> Json:
        if of.by_user_install:
            return {"1": str(of.user.id)}
        return {"0": str(of.guild.id) if of.guild is not None else "0"}

    def _embed(self, of: Json, message: Message) -> Json:
        shape = {"type": "rich", **of}
        for key in ("image", "thumbnail", "author", "footer"):
            if isinstance(shape.get(key), dict):
                shape[key] = self._media(shape[key], message, "url" if key in ("image", "thumbnail") else "icon_url")
        return shape

    def _media(self, of: Json, message: Message, key: str = "url") -> Json:
        """Resolve attachment://name to the file's address; an address elsewhere gets a proxy_url beside it."""
        address = str(of.get(key) or "")
        proxy = "proxy_url" if key == "url" else f"proxy_{key}"
        if address.startswith("attachment://"):
            for file in message.attachments:
                if file.name == address.removeprefix("attachment://"):
                    found = self.attachment(file, message.channel)
                    extra: Json = {name: found[name] for name in ("width", "height", "content_type") if name in found}
                    extra["attachment_id"] = found["id"]
                    return of | {key: found["url"], proxy: found["proxy_url"]} | (extra if key == "url" else {})
            return of
        return of | {proxy: self.signer.external(address)} if address.startswith("http") else of

    def _component(self, of: Json, message: Message) -> Json:
        shape = dict(of)
        for key in ("components", "items"):
            if isinstance(of.get(key), list):
                shape[key] = [self._component(one, message) for one in of[key]]
        for key in ("media", "file"):
            if isinstance(of.get(key), dict):
                shape[key] = self._media(of[key], message)
        if isinstance(of.get("accessory"), dict):
            shape["accessory"] = self._component(of["accessory"], message)
        return shape
