"""The permissions in a channel, by Discord's rules for roles and overwrites."""

from __future__ import annotations

from typing import Any

from bot.doctor.permissions import NEEDED, invite_link, missing

ALL = "309237763072"
MEMBER = {"user": {"id": "9"}, "roles": ["2"]}
GUILD = {"id": "1", "owner_id": "8"}


def lacking(roles: dict[str, str], *overwrites: dict[str, str], owner: str = "8") -> list[str]:
    """Return what the member lacks, with these permissions of roles."""
    channel: dict[str, Any] = {"permission_overwrites": list(overwrites)}
    rows = [{"id": id_, "permissions": bits} for id_, bits in roles.items()]
    return missing(MEMBER, GUILD | {"owner_id": owner}, rows, channel)


def test_the_invitation_asks_for_exactly_what_is_needed() -> None:
    assert invite_link(7).endswith(f"client_id=7&scope=bot+applications.commands&permissions={ALL}")


def test_roles_add_up_and_others_roles_do_not_count() -> None:
    assert lacking({"1": "0", "2": ALL}) == []
    assert lacking({"1": "0", "3": ALL}) == list(NEEDED.values())


def test_administrators_and_owners_lack_nothing() -> None:
    assert lacking({"1": "8"}) == []
    assert lacking({"1": "0"}, owner="9") == []


def test_overwrites_of_the_member_go_before_roles_and_everybody() -> None:
    files = str(1 << 15)
    everybody = {"id": "1", "allow": "0", "deny": files}
    assert lacking({"1": ALL}, everybody) == ["Attach Files"]
    role = {"id": "2", "allow": files, "deny": "0"}
    assert lacking({"1": ALL}, everybody, role) == []
    member = {"id": "9", "allow": "0", "deny": files}
    assert lacking({"1": ALL}, everybody, role, member) == ["Attach Files"]
