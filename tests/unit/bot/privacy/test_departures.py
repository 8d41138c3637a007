"""Servers that the bot has left: erased after a while, unless it returns."""

from __future__ import annotations

from pydantic import SecretStr

from bot.guilds.api_keys import ApiKeys
from bot.guilds.gate import DAY
from bot.guilds.styles import Styles
from tests.support.privacy_desk import ANA, SERVER, Desk
from tests.support.studio import NOW, SEAL


async def own_styles(desk: Desk, server: int) -> int:
    return len([style for style in await Styles(desk.database).offered(server) if style.key is None])


async def test_a_server_that_was_left_long_ago_is_erased_and_no_other(desk: Desk) -> None:
    for server in (SERVER, SERVER + 1):
        await Styles(desk.database).put(server, "Neon", "neon {prompt}", ANA)
    await desk.privacy.departures.note({SERVER})
    desk.hours.now += 10 * DAY
    await desk.privacy.departures.note({SERVER})  # told once more, it is no longer kept for that
    desk.hours.now = NOW + 30 * DAY
    await desk.privacy.once_a_day()
    assert await own_styles(desk, SERVER) == 1
    desk.hours.now += DAY
    await desk.privacy.once_a_day()
    assert [await own_styles(desk, server) for server in (SERVER, SERVER + 1)] == [0, 1]
    assert list(await desk.privacy.departures.before(desk.hours.now)) == []


async def test_a_return_takes_the_note_back(desk: Desk) -> None:
    await Styles(desk.database).put(SERVER, "Neon", "neon {prompt}", ANA)
    await desk.privacy.departures.note({SERVER})
    await desk.privacy.departures.take_back({SERVER})
    desk.hours.now += 31 * DAY
    await desk.privacy.once_a_day()
    assert await own_styles(desk, SERVER) == 1


async def test_servers_left_and_joined_while_away_are_recorded_on_return(desk: Desk) -> None:
    for server in (SERVER, SERVER + 1, SERVER + 2):
        await Styles(desk.database).put(server, "Neon", "neon {prompt}", ANA)
    await desk.privacy.departures.note({SERVER})
    await desk.privacy.present({SERVER, SERVER + 1, 5})
    assert list(await desk.privacy.departures.before(desk.hours.now + 1)) == [SERVER + 2]


async def test_a_servers_key_goes_with_the_server(desk: Desk) -> None:
    api_keys = ApiKeys(desk.database, [SEAL])
    kept = await api_keys.keep(SERVER, SecretStr("sk-" + "a" * 48), ANA)
    await desk.privacy.present([])
    desk.hours.now += 31 * DAY
    await desk.privacy.once_a_day()
    assert await api_keys.get(kept.id) is None


async def test_process_records_no_departure_from_servers_of_another_slot(desk: Desk) -> None:
    for server in (SERVER, SERVER + 1):
        await Styles(desk.database).put(server, "Neon", "neon {prompt}", ANA)
    await desk.privacy.present({SERVER + 2}, lambda server: server == SERVER)
    assert list(await desk.privacy.departures.before(desk.hours.now + 1)) == [SERVER]
