"""People of the world: users, their roles, and the application."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class User:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    dms_open: bool = True
    """False: a message to this user out of the blue is refused with 50007."""
    avatar: bytes | None = field(default=None, repr=False)

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<User {self.name}>"


@dataclass(slots=True, eq=False)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 1
    mentionable: bool = False
    bot: User | None = None
    """The bot that this role was made for when it joined."""

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(slots=True, eq=False)
class Application:
    """The bot as Discord's developer portal knows it."""

    id: int
    name: str
    token: str
    user: User
    owner: User
    message_content: bool = False
    """The privileged intents, as switched on in the portal. Asking for one that is off ends in close code 4014."""
    members_intent: bool = False
    presences_intent: bool = False

    @property
    def flags(self) -> int:
        """Return the flags.

        https://discord.com/developers/docs/resources/application#application-object-application-flags
        """
        return (self.presences_intent << 13) | (self.members_intent << 15) | (self.message_content << 19)
