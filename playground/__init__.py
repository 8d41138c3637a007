"""A small world to see the bot and test it in: a stand-in Discord and a stand-in ToAPIs, over real sockets.

The stand-in Discord, from a test::

    from playground.discord import Discord
    from playground.world.members import Member
    from playground.world.messages import upload
    from playground.world.world import studio

    world = studio()                          # "Retouch Studio": #general, #photos; Ana, Ben (de), Chiyo (ja), Dagny
    async with Discord(world, rate_limits=False) as discord:
        # Start the bot: python -m playground.redirect bot
        # with PLAYGROUND_DISCORD=discord.url, and world.application.token as its token.
        await discord.online()
        ana = Member(world, "Ana")
        photos = world.channel("photos")
        order = await ana.command(photos, "edit", image=upload("cat.png", data), prompt="as a lithograph")
        order.answered, order.answered_after, order.ephemeral, order.failed, order.message     # how it was answered
        await world.until(lambda: photos.threads and photos.threads[0].seen, timeout=10)
        thread = photos.threads[0]
        await ana.press(thread.seen[-1], "Again")          # label, emoji or custom id; answers like command()
        await ana.says(thread, "a bit darker", reply_to=thread.seen[-1])
        print(world.transcript)                            # what people saw, in order; .as_json() for machines
        print(world.plain_transcript)                      # the same without ids and times, to be compared
        assert world.offences == []                        # refusals that the bot could have foreseen

``Member(world, "Ana", at=photos)`` with ``world.album["cat.png"] = data`` says it shorter:
``await ana.edit("cat.png", "as a lithograph")``. Other verbs of a person: ``types`` (a command without waiting),
``autocomplete``, ``uses`` (a message's menu, or a person's), ``select``, ``fill`` (the form that
``interaction.modal`` holds), ``reply``, ``sees``, ``deletes``. What Discord's app would not let a person do raises
``CannotDo``.

Verbs of a test: ``discord.hooks`` (see ``playground.hooks``), ``discord.fault(route, status=503)``,
``discord.requests``, ``discord.drop_gateway()``, ``reconnect_gateway()``, ``silence_gateway()``,
``ignore_heartbeats()``, ``invalidate_gateway(resumable=True)``;
``world.clock.advance(seconds)``, ``world.overwrite(channel, world.bot, deny=Permission.ATTACH_FILES)``,
``guild.boost``, ``guild.active_thread_limit``, ``user.dms_open``, ``world.application.message_content``.
"""
