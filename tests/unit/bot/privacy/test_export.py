"""The export: all that is a member's own, and of what is others' the least."""

from __future__ import annotations

import json

import sqlalchemy as sa
from pydantic import SecretStr

from bot.database import NOBODY, metadata
from bot.guilds.api_keys import ApiKeys
from bot.guilds.audit import Audit
from bot.guilds.blocks import Blocks
from bot.guilds.consent import Consent
from bot.guilds.picture_reports import PictureReport, PictureReports
from bot.guilds.rules import Rules
from bot.key_value import KeyValueStore
from bot.privacy.personal_data import KEPT
from tests.support.privacy_desk import ANA, BEN, SECRET, SERVER, Desk, exported
from tests.support.studio import NOW, PRICE, SEAL


async def test_a_wish_outlives_the_one_who_is_forgotten_and_is_told(desk: Desk) -> None:
    consent = Consent(desk.database, desk.hours)
    await consent.give(ANA, False)
    await desk.privacy.forget(ANA)
    assert not await consent.is_given(ANA)
    export = await exported(desk, ANA)
    assert export["opt_outs"] == [{"member_id": str(ANA), "at": "2026-09-21T14:13:20+00:00"}]


async def test_an_export_holds_all_and_only_what_is_ones_own(desk: Desk) -> None:
    job = await desk.has()
    await desk.has(member=BEN)
    export = await exported(desk, ANA)
    (own,) = export["jobs"]
    assert own["id"] == job.id
    assert own["order"]["prompt"] == SECRET
    assert own["order"]["sources"][0]["url"] == job.order.sources[0].url
    assert (own["state"], own["created_at"]) == ("delivered", "2026-09-21T14:13:20+00:00")
    assert (own["member_id"], own["destination"]["requester_id"]) == (str(ANA), str(ANA))
    assert own["links"] == {
        "card": "https://discord.com/channels/4/2/31", "result": "https://discord.com/channels/4/32/34"
    }  # fmt: skip
    assert [(row["kind"], row["amount"]) for row in export["ledger"]] == [("reserved", PRICE), ("settled", PRICE)]
    tables = {kept.table.name for kept in KEPT} - {"order_owners"}  # told as what others used
    assert set(export) == {"member_id", "exported_at", "amounts", "used_by_others", *tables}
    assert str(BEN) not in json.dumps(export)


async def test_of_rows_of_others_an_export_holds_id_moment_and_role_alone(desk: Desk) -> None:
    job = await desk.has(member=BEN)
    audit = Audit(desk.database, Rules(desk.database, desk.hours), desk.hours)
    key_values = KeyValueStore(desk.database)
    picture_reports = PictureReports(desk.database, audit, desk.hours)
    blocks = Blocks(desk.database, audit, desk.hours)
    async with desk.database.write() as write:
        jobs = metadata.tables["jobs"]
        await write.execute(sa.update(jobs).values(called_off_by=ANA, called_off_at=NOW))
    await picture_reports.hear(PictureReport(job.id, SERVER, BEN, 2, 3), 7, "their reason")
    await picture_reports.gone(job.id, ANA)
    await audit.note(SERVER, "picture-deleted", ANA, BEN, job=job.id, link="their link")
    await blocks.put(SERVER, BEN, ANA, "another reason", None)
    await key_values.put("form1:menu:2:3", {"at": NOW, "shown": [{"url": "their address", "owner_ids": [ANA, BEN]}]})
    export = await exported(desk, ANA)
    at = "2026-09-21T14:13:20+00:00"
    assert export["jobs"] == [{"id": job.id, "called_off_at": at, "role": ["called_off_by"]}]
    assert export["complaints"] == [{"job_id": job.id, "at": at, "role": ["gone_by"]}]
    assert [{**row, "id": 0} for row in export["audit"]] == [{"id": 0, "at": at, "role": ["by"]}] * 2
    assert export["blocks"] == [{"at": at, "role": ["by"]}]
    assert export["facts"] == [{"name": "form1:menu:2:3", "at": at, "role": ["owner"]}]
    assert not [word for word in (SECRET, "their", "another", str(BEN)) if word in json.dumps(export)]


async def test_member_who_set_a_key_is_exported_without_it_and_forgotten(desk: Desk) -> None:
    api_keys = ApiKeys(desk.database, [SEAL])
    kept = await api_keys.keep(SERVER, SecretStr("sk-" + "a" * 48), ANA)
    (key_row,) = (await exported(desk, ANA))["keys"]
    assert (key_row["last_four"], "sealed" in key_row) == ("aaaa", False)
    assert kept.sealed not in json.dumps(key_row)
    await desk.privacy.forget(ANA)
    server_key = await api_keys.now(SERVER)
    assert server_key is not None  # it is the server's
    assert (server_key.set_by, server_key.id) == (NOBODY, kept.id)
