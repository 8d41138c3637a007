"""The law of a test file a module, executed: which unit tests a module has, or which other tests prove it."""

from __future__ import annotations

from typing import Final

from tests.project.source import FILES, ROOT, UNIT, mirrored, name, only_declares

PROVED_BY: Final[dict[str, str]] = {
    # The command line, and what builds and holds everything
    "bot/__main__.py": "scenarios/test_away scenarios/test_encryption_keys unit/bot/test_bot_isolation",
    "bot/backup/archive.py": "scenarios/test_restored unit/bot/backup/test_server_copy",
    "bot/backup/commands.py": "scenarios/test_restored",
    "bot/backup/copy_mistake.py": "unit/bot/backup/test_file_copy unit/bot/backup/test_server_copy",
    "bot/backup/mark.py": "scenarios/test_restored",
    "bot/jobs/restored.py": "scenarios/test_restored",
    "bot/doctor/command.py": "scenarios/test_doctor",
    "bot/doctor/discord_checks.py": "scenarios/test_doctor",
    "bot/doctor/finding.py": "scenarios/test_doctor",
    "bot/doctor/host_checks.py": "scenarios/test_doctor",
    "bot/doctor/toapis_checks.py": "scenarios/test_doctor",
    "bot/process/serve.py": "unit/bot/test_bot_isolation scenarios/test_away scenarios/test_two_processes",
    "bot/process/tasks.py": "unit/bot/test_bot_isolation",
    "bot/variables/values.py": "unit/bot/test_settings unit/bot/variables/test_words",
    "bot/client.py": "scenarios/test_ways_in scenarios/test_blocked_members scenarios/test_file_types",
    "bot/wiring.py": "scenarios/test_first_picture scenarios/test_two_processes",
    "bot/attachments.py": "scenarios/test_bounds scenarios/test_bad_inputs scenarios/test_where_pictures_stand",
    "bot/log_privacy.py": "unit/bot/test_logs scenarios/test_log",
    "bot/sqlite_scrub.py": "unit/bot/jobs/test_engine_purge unit/bot/privacy/test_personal_data scenarios/test_privacy",
    # Parts of a noun whose tests go through the whole
    "bot/guilds/lookalikes.py": "unit/bot/guilds/test_blocked_words",
    "bot/guilds/rule_values.py": "unit/bot/guilds/test_rules scenarios/test_server_panel",
    "bot/images/metadata/avif.py": "unit/bot/images/test_picture_corpus unit/bot/images/test_picture",
    "bot/images/metadata/bmp.py": "unit/bot/images/test_picture_corpus",
    "bot/images/checked.py": "unit/bot/images/test_picture unit/bot/images/test_picture_fitting",
    "bot/images/metadata/body.py": "unit/bot/images/metadata/test_metadata",
    "bot/images/metadata/gif.py": "unit/bot/images/metadata/test_metadata",
    "bot/images/metadata/jpeg.py": "unit/bot/images/metadata/test_metadata",
    "bot/images/metadata/png.py": "unit/bot/images/metadata/test_metadata",
    "bot/images/metadata/webp.py": "unit/bot/images/metadata/test_metadata",
    "bot/images/works.py": "unit/bot/images/test_worker_process unit/bot/images/test_wire",
    "bot/jobs/handover.py": "unit/bot/jobs/test_pipeline scenarios/test_results scenarios/test_reach",
    "bot/jobs/job_rows.py": "unit/bot/jobs/test_store",
    "bot/jobs/setback.py": "unit/bot/jobs/test_engine_closing scenarios/test_stopped",
    "bot/jobs/slot_session.py": "unit/bot/jobs/test_slot_lock scenarios/test_two_processes scenarios/test_slots",
    "bot/jobs/source_pictures.py": "unit/bot/jobs/test_pipeline scenarios/test_bounds",
    "bot/jobs/sources.py": "unit/bot/guilds/test_consent unit/bot/privacy/test_personal_data",
    "bot/jobs/step_runner.py": "unit/bot/jobs/test_engine_saves unit/bot/jobs/test_engine_closing scenarios/test_away",
    "bot/jobs/workflows.py": "unit/bot/jobs/test_engine unit/bot/jobs/test_engine_purge unit/bot/jobs/test_old_engine",
    "bot/privacy/disclosure.py": "unit/bot/privacy/test_export",
    "bot/toapis/catalogue/model.py": "unit/bot/toapis/catalogue/test_catalogue",
    "bot/toapis/fields.py": "unit/bot/toapis/test_wire_task unit/bot/toapis/test_wire",
    "bot/toapis/offer.py": "unit/bot/test_bot_isolation scenarios/test_in_flight",
    "bot/toapis/tasks.py": "unit/bot/toapis/test_wire_task",
    "bot/web/door.py": "scenarios/test_webhooks scenarios/test_monitoring",
    # What people see and press
    "cogs/__init__.py": "scenarios/test_ways_in scenarios/test_buttons",
    "cogs/delivery/courier.py": "scenarios/test_first_picture scenarios/test_shown_once scenarios/test_cancel",
    "cogs/delivery/edit_queue.py": "scenarios/test_rate_limits scenarios/test_connections",
    "cogs/delivery/recalling.py": "scenarios/test_restored",
    "cogs/delivery/files.py": "scenarios/test_results scenarios/test_covers",
    "cogs/delivery/posting.py": "scenarios/test_places scenarios/test_delivery_rules scenarios/test_refused_files",
    "cogs/member/history.py": "scenarios/test_history",
    "cogs/member/my_data.py": "scenarios/test_privacy",
    "cogs/moderation/audit.py": "scenarios/test_audit",
    "cogs/moderation/blocks.py": "scenarios/test_blocked_members",
    "cogs/moderation/report_card.py": "scenarios/test_moderation",
    "cogs/moderation/report_inbox.py": "scenarios/test_moderation",
    "cogs/moderation/reports.py": "scenarios/test_moderation",
    "cogs/operator/balance.py": "scenarios/test_usage",
    "cogs/operator/commands.py": "scenarios/test_operator",
    "cogs/ordering/buttons/checks.py": "scenarios/test_buttons scenarios/test_attacks",
    "cogs/ordering/buttons/compare.py": "scenarios/test_buttons scenarios/test_bounds",
    "cogs/ordering/buttons/reorder.py": "scenarios/test_buttons scenarios/test_conversation",
    "cogs/ordering/buttons/withdraw.py": "scenarios/test_cancel scenarios/test_deleted_everywhere",
    "cogs/ordering/commands.py": "scenarios/test_ways_in",
    "cogs/ordering/context_menus.py": "scenarios/test_ways_in scenarios/test_conversation",
    "cogs/ordering/conversation.py": "scenarios/test_talk scenarios/test_conversation",
    "cogs/ordering/offer.py": "scenarios/test_in_flight",
    "cogs/ordering/owners.py": "scenarios/test_consent scenarios/test_forwards",
    "cogs/ordering/place_order.py": "scenarios/test_ways_in scenarios/test_bad_inputs scenarios/test_consent",
    "cogs/server/api_key.py": "scenarios/test_own_key",
    "cogs/server/rules_panel.py": "scenarios/test_server_panel",
    "cogs/server/styles.py": "scenarios/test_server_styles",
    "cogs/ui/attachments.py": "scenarios/test_forwards scenarios/test_connections scenarios/test_where_pictures_stand",
    "cogs/ui/components.py": "scenarios/test_buttons scenarios/test_button_ids",
    "cogs/ui/discord_errors.py": "scenarios/test_connections scenarios/test_refused_files",
    "cogs/ui/job_of_message.py": "scenarios/test_attacks scenarios/test_button_ids",
    "cogs/ui/links.py": "scenarios/test_reach scenarios/test_results",
    "cogs/ui/log_channel.py": "scenarios/test_moderation scenarios/test_own_key",
    "cogs/ui/managers.py": "scenarios/test_own_key scenarios/test_server_panel",
    "cogs/ui/operators.py": "scenarios/test_operator",
    "cogs/ui/post.py": "scenarios/test_results scenarios/test_reach",
    "cogs/ui/result_posts.py": "unit/cogs/ui/test_cards_long_messages scenarios/test_results",
    "cogs/ui/shown_media.py": "scenarios/test_where_pictures_stand",
    "cogs/ui/rights.py": "scenarios/test_rights",
    "cogs/ui/rule_text.py": "scenarios/test_server_panel",
}
"""Modules without a unit test file of their own, each with the test files that prove it."""


def test_every_unit_test_file_is_named_after_a_module() -> None:
    assert not [name(file) for file in sorted(UNIT.rglob("test_*.py")) if mirrored(file) is None]


def test_every_module_has_a_test_file_or_a_row_in_the_table() -> None:
    tested = {mirrored(file) for file in UNIT.rglob("test_*.py")}
    untested = {
        name(file)
        for file in FILES
        if name(file).startswith(("bot/", "cogs/")) and file not in tested and not only_declares(file)
    }
    assert sorted(untested - PROVED_BY.keys()) == []
    assert sorted(PROVED_BY.keys() - untested) == [], "these have a test file of their own, or are gone"


def test_rows_of_the_table_name_test_files_that_exist() -> None:
    rows = {row: tests.split() for row, tests in PROVED_BY.items()}
    assert all(rows.values())
    assert not [(row, test) for row, tests in rows.items() for test in tests if not _exists(test)]


def _exists(test: str) -> bool:
    return (ROOT / "tests" / f"{test}.py").exists()
