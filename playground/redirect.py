"""``python -m playground.redirect bot …``: run the bot against the playground's Discord. The bot knows nothing of it.

PLAYGROUND_DISCORD is the address of the stand-in, such as http://127.0.0.1:8765. PLAYGROUND_CLOCK, where it is set, is
the file of the clocks that the bot's process goes by (``playground.bot_clock``).
"""

from __future__ import annotations

import faulthandler
import os
import runpy
import sys
from pathlib import Path
from typing import Any, Final

import discord
import discord.asset
import discord.gateway
import discord.http
import yarl

from playground import bot_clock

_MEDIA: Final = "https://media.discordapp.net"
"""Where discord.py has the GIFs among the stickers, written into its code."""

_FIRST: Final = discord.StickerItem.__init__


def _serve_stickers(media: str) -> None:
    """Let stickers have their address at this media proxy."""

    def begin(item: discord.StickerItem, **parts: Any) -> None:
        _FIRST(item, **parts)
        item.url = item.url.replace(_MEDIA, media)

    discord.StickerItem.__init__ = begin  # type: ignore[assignment, method-assign]  # no seam is left for it


def redirect(address: str) -> None:
    """Set discord.py's addresses to another Discord: REST, webhooks and callbacks, the gateway, and its pictures."""
    base = yarl.URL(address)
    discord.http.Route.BASE = f"{address.rstrip('/')}/api/v10"
    socket = base.with_scheme("ws" if base.scheme == "http" else "wss")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = socket / "gateway"
    discord.asset.Asset.BASE = address.rstrip("/")
    _serve_stickers(f"{address.rstrip('/')}/media")


def main() -> None:
    address = os.environ.get("PLAYGROUND_DISCORD")
    if not address or len(sys.argv) < 2:
        sys.exit("Usage: PLAYGROUND_DISCORD=http://127.0.0.1:PORT python -m playground.redirect MODULE [ARGUMENT …]")
    if clock := os.environ.get("PLAYGROUND_CLOCK"):
        bot_clock.install(Path(clock))
    redirect(address)
    faulthandler.enable()  # SIGABRT shows where a bot that does not end is held up
    module = sys.argv[1]
    sys.argv = [module, *sys.argv[2:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
