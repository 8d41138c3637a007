"""python -m playground: the world, ToAPIs' stand-in, the real bot and the page. ``--once``: one picture, no browser."""

from __future__ import annotations

import argparse
import asyncio
import base64
import errno
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import ExifTags, Image

from playground.stage import Stage
from playground.toapis.accounts import Account
from playground.world.members import Member
from playground.world.messages import Attachment, upload


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground", description="Retouch without any token.")
    parser.add_argument(
        "--once", nargs=2, metavar=("PICTURE", "PROMPT"), help="edit one picture and print what happened"
    )
    parser.add_argument("--out", type=Path, default=Path("result.png"), help="where the result of --once goes")
    parser.add_argument("--port", type=int, help="of the page; 0 for any; if not given, 8000 or any that is free")
    return parser.parse_args(words)


async def _once(name: str, data: bytes, prompt: str) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"DATABASE_URL": f"sqlite:///{folder}/retouch.db", "LOG_LEVEL": "WARNING"}
        async with Stage.open(settings, seconds=(1.0, 2.0)) as stage:
            await stage.start()
            ana = Member(stage.world, "Ana")
            photos = stage.world.channel("photos")
            order = await ana.command(photos, "edit", image=upload(name, data), prompt=prompt)
            results: list[Attachment] = []

            def ended() -> bool:
                if order.ephemeral or order.failed:
                    return True
                results[:] = _results(stage)
                card = order.message
                return bool(results) or bool(card and card.embeds and "No picture" in str(card.embeds[0]))

            await stage.world.until(ended, timeout=120)
            await stage.stop()
            print(stage.world.transcript)
            print("\n".join(_sent(stage, data)))
            return results[0].data if results else None


def _sent(stage: Stage, picture: bytes) -> Iterator[str]:
    """Report what ToAPIs was sent: how often, and whether anything stands beside the picture's own bytes."""
    creates = sum(call.route == "POST /v1/images/generations" for call in stage.painter.requests)
    yield f"uploads: {len(stage.painter.uploads)}, creates: {creates}, charges: {len(stage.painter.ledger)}"
    for uploaded in stage.painter.uploads:
        exif = Image.open(io.BytesIO(uploaded.data)).getexif()
        tags = [ExifTags.TAGS.get(tag, str(tag)) for tag in exif]
        same = "identical to the picture given" if uploaded.data == picture else "not identical to the picture given"
        yield f"uploaded: {len(uploaded.data)} bytes of {uploaded.mime}, {same}; its EXIF: {', '.join(tags) or 'none'}"


def _results(stage: Stage) -> list[Attachment]:
    photos = stage.world.channel("photos")
    messages = [message for place in (photos, *photos.threads) for message in place.seen]
    return [file for message in messages for file in message.attachments if file.name.startswith("retouch-")]


async def _page(wanted: int | None) -> int:
    from playground.web.server import PageServer, choose_port

    try:
        port = choose_port(wanted)
    except (OSError, OverflowError) as error:
        reason = "another program has it" if getattr(error, "errno", 0) == errno.EADDRINUSE else str(error)
        print(f"Port {wanted} can't be used for the page ({reason}). Choose another one with --port.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        settings = {"DATABASE_URL": f"sqlite:///{folder}/retouch.db", "LOG_LEVEL": "WARNING"}
        settings["SECRET_KEYS"] = base64.urlsafe_b64encode(os.urandom(32)).decode()
        async with Stage.open(settings) as stage:
            key = stage.painter.add_key(Account("2002"))
            page_server = PageServer(stage.world, stage.discord, stage.painter, stage)
            async with page_server.serve(port=port):
                await stage.start()
                print(f"Retouch's playground: {page_server.url}   (Ctrl+C ends it)", flush=True)
                print(f"A server's own key at this ToAPIs, for the panel of /server: {key}", flush=True)
                await asyncio.Event().wait()
    return 0


def main(words: list[str]) -> int:
    """Run the program. Returns the exit code: 0, or 1 where --once brought no picture, 2 for a wrong argument."""
    arguments = _arguments(words)
    try:
        if arguments.once:
            picture = Path(arguments.once[0])
            if not picture.is_file():
                print(f"There is no picture at {picture}.", file=sys.stderr)
                return 2
            result = asyncio.run(_once(picture.name, picture.read_bytes(), arguments.once[1]))
            if result is None:
                return 1
            arguments.out.write_bytes(result)
            print(f"written: {arguments.out}")
            return 0
        return asyncio.run(_page(arguments.port))
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
