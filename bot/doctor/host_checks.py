"""What this machine gives the bot: a database, a disk, and an address at which ToAPIs reaches it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import sqlalchemy as sa

from bot.database import DatabaseMistake
from bot.doctor.finding import Finding
from bot.jobs.webhooks import PATH
from bot.migrations.migrate import HEAD, VERSIONS
from bot.settings import Settings

ROOM: Final = 200 * 1024**2
"""Bytes that a disk should have free: SQLite rewrites its file once a day, which takes as much room again."""

CONNECTIONS: Final = 15
"""Connections that a bot may have open at a time on a server."""

_VERSION: Final = sa.text("SELECT version_num FROM alembic_version")


def disk(settings: Settings) -> Iterator[Finding]:
    """Yield what is known of the disk. A server keeps its data elsewhere."""
    if not settings.embedded:
        return
    folder = settings.database_file.absolute().parent
    if settings.on_vanishing_disk:
        text = "this host loses its disk, with the database, at every restart: set DATABASE_URL to a PostgreSQL server"
        yield Finding("disk", False, text)
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            free = shutil.disk_usage(nearest).free
    except OSError as error:
        text = f"{nearest} can't be written to ({error.strerror}): let this user own it, or set DATABASE_URL"
        yield Finding("disk", False, text)
        return
    if free < ROOM:
        yield Finding(
            "disk", False, f"{free // 1024**2} MiB are free at {nearest}: make room, {ROOM // 1024**2} are wanted"
        )
    else:
        yield Finding("disk", True, f"{folder} can be written to, {free // 1024**2:,} MiB are free")


def database(settings: Settings) -> Iterator[Finding]:
    """Yield what is known of the database: whether it can be used, its version, rights and connections."""
    file = settings.database_file if settings.embedded else None
    if file is not None and not file.is_file():
        yield Finding("database", True, f"{file} is not there yet: the first start makes it")
        return
    engine = sa.create_engine(settings.database_url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield _tables(connection)
            if file is None:
                yield from _server(connection)
            else:
                yield _file(connection, file)
    except sa.exc.DBAPIError as error:
        yield Finding("database", False, f"it can't be used ({_first_line(error)}): check DATABASE_URL")
    except DatabaseMistake as mistake:
        yield Finding("database", False, str(mistake))
    finally:
        engine.dispose()


def _tables(connection: sa.Connection) -> Finding:
    if not sa.inspect(connection).has_table("alembic_version"):
        return Finding("tables", True, "there are none yet: the first start makes them")
    version = connection.scalar(_VERSION)
    if version == HEAD:
        return Finding("tables", True, f"they are of this version ({HEAD})")
    if version in VERSIONS:
        return Finding(
            "tables", False, f"they are older ({version}) than this code ({HEAD}): run `python -m bot migrate`"
        )
    return Finding("tables", False, f"they are of a newer version ({version}) than this code ({HEAD}): update Retouch")


def _file(connection: sa.Connection, file: Path) -> Finding:
    verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if verdict != "ok":
        return Finding("database", False, f"{file} is damaged ({verdict}): `python -m bot restore` a backup")
    open_to_others = file.stat().st_mode & 0o077
    if open_to_others:
        return Finding("database", False, f"{file} can be read by others: chmod 600 {file}")
    return Finding("database", True, f"{file} is whole, and only this user can read it")


def _server(connection: sa.Connection) -> Iterator[Finding]:
    rights = connection.scalar(sa.text("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
    if rights:
        yield Finding("rights", True, "the role may make tables, which a new version needs")
    else:
        text = "the role may not make tables: GRANT CREATE ON SCHEMA public TO it, as the owner of the database"
        yield Finding("rights", False, text)
    role = connection.scalar(sa.text("SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"))
    whole = int(connection.scalar(sa.text("SELECT current_setting('max_connections')")) or 0)
    limit = min(whole, int(role)) if role is not None and int(role) >= 0 else whole
    if limit < CONNECTIONS:
        yield Finding("connections", False, f"the server allows {limit}, and {CONNECTIONS} are wanted: raise the limit")
    else:
        yield Finding("connections", True, f"the server allows {limit}, of which a bot takes up to {CONNECTIONS}")


async def webhooks(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    """Return whether PUBLIC_URL leads to the running bot, which turns away what is not signed."""
    if settings.public_url is None:
        return Finding("webhooks", True, "PUBLIC_URL is not set: the bot asks for each picture instead, which is fine")
    address = settings.public_url + PATH
    try:
        async with session.post(address, json={}) as response:
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        text = f"nothing answers at {address} ({type(error).__name__}): start the bot, and check DNS, proxy and PORT"
        return Finding("webhooks", False, text)
    if status in (400, 401, 403):
        return Finding("webhooks", True, f"{address} leads to the bot, which turns away what is not signed")
    return Finding(
        "webhooks", False, f"{address} answers {status}: it does not lead to PORT {settings.port} of the bot"
    )


def _first_line(error: sa.exc.DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
