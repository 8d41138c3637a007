# English: the sentences of Retouch, each once. A key in a family (refused-…, picture-…, error-…) belongs to an error
# in bot/errors.py; $facts in braces are filled in. Say what happened, then what to do next, in one kind sentence.

language = English

### Errors

error-unexpected = Something went wrong on my side and this picture can't be finished; you were not charged. Please try again in a minute.
error-stands-by = Another copy of me has taken over just now. Please send that again.
error-interrupted = I was restarted just as you asked, before anything was bought. Please send that again.
error-source-gone = I can't read your picture any more: its message or upload is gone. Please attach it again; you were not charged.
error-toapis = The painting service answered in a way that I don't understand. You were not charged; please try again in a minute.
error-order-rejected = The painting service does not accept this order. Please try another ratio, resolution, model or picture; you were not charged.
error-policy = The painting service declined this picture or prompt because of its content rules. Please try other words or another picture; you were not charged.
error-key = My key for the painting service is refused, so nobody can paint right now. Please tell whoever runs this bot; you were not charged.
error-not-allowed = My key for the painting service may not use this model. Please choose another model; you were not charged.
error-out-of-credit = My account at the painting service is empty. Please tell whoever runs this bot; you were not charged.
error-own-key = The painting service refuses the key that this server pays with. Please try again, and tell whoever manages this server if it stays so. If your picture was being painted already, this server pays for it; otherwise nothing was charged.
error-own-key-not-allowed = This server’s own key may not use this model. Please choose another model, or tell whoever manages this server; you were not charged.
error-own-key-empty = This server’s own account at the painting service is empty. Please tell whoever manages this server; you were not charged.
error-own-key-locked = This server pays with a key of its own, and I can’t open it: whoever runs this bot has to check SECRET_KEYS. Please tell them; you were not charged.
error-not-found = The painting service no longer knows this picture. Please try again; you were not charged.
error-busy = The painting service is too busy for one more order right now. Please try again in a minute; you were not charged.
error-model-unavailable = Nobody paints with this model at the moment. Please choose another model or try again later; you were not charged.
error-unavailable = The painting service can't be reached right now. You were not charged; please try again in a few minutes.
error-unknown = I lost touch with the painting service over this order, so I can't tell yet whether it is being painted. Please don't order it again for now: I look for it for a day, and bring it here if it turns up.
error-unknown-locked = This server pays with a key of its own, and I can’t open it, so I can't tell yet whether this is being painted. Whoever runs this bot has to check SECRET_KEYS. Please don't order it again for now: I look for it for a day, and bring it here if it turns up.
error-never-ordered = It is clear now: your picture was never ordered, because the connection broke before. You were not charged; please send it again.
error-painting-failed = The painting service tried and could not finish this picture. You were not charged; please try again, or use other words.
error-gave-up = The painting service never finished this picture, so I have stopped waiting; it may have cost its price all the same. I have told whoever runs this bot, and you can order it again.
error-result-gone = The painting service says that your picture is finished, but hands out none. It was painted, so it counts against your limit like any other picture. I have told whoever runs this bot; you can try again.
error-result-refused = The painting service says that your picture is finished, but names an address for it that I never open, to keep everybody safe. It was painted, so it counts against your limit like any other picture. I have told whoever runs this bot; you can try again.
error-result-expired = Your picture was painted, but the painting service keeps a picture for a day at most, and I could not fetch it in that time. It has been paid for. I have told whoever runs this bot; please order it again.
error-away-discord = Discord does not take what I send it at the moment, so nothing came of this. Nothing was ordered and you were not charged; please try again in a few minutes.
error-away-database = I can’t reach my own database at the moment, so nothing came of this. Nothing was ordered and you were not charged; please try again in a few minutes.
error-undeliverable = I can't write to you where you asked. Please tell the server's moderators.

### Refusals, before anything is spent

refused-blocked = You can't use this bot here. If you think that is a mistake, please ask whoever runs it.
refused-not-here = I only work in the servers that whoever runs me has chosen, and not here. Please order in one of those, or ask whoever runs me.
refused-maintenance = I am being worked on, so I take no new orders just now; pictures that are under way still come. Please try again later.
refused-maintenance-why = I am being worked on, so I take no new orders just now; pictures that are under way still come. Whoever runs me says: “{ $why }” Please try again later.
refused-day-full = { $limit ->
        [one] You can make one picture in 24 hours
       *[other] You can make { $limit } pictures in 24 hours
    }, and { $left ->
        [0] none is
        [one] one is
       *[other] { $left } are
    } left. The next place opens <t:{ NUMBER($refills_at, useGrouping: 0) }:R>; please order again then.
refused-attempts-full = { $limit ->
        [one] One order of yours in the last hour came
       *[other] { $limit } orders of yours in the last hour came
    } to nothing: called off before anything was bought, or failed. I take no more than that in an hour. You can order again <t:{ NUMBER($at, useGrouping: 0) }:R>.
refused-too-many-running = { $limit ->
        [one] One of your pictures is being painted already, and you can have one
       *[other] { $limit } of your pictures are being painted already, and you can have { $limit }
    } at once. Please order again when one is done.
refused-everybody-busy = Very many pictures are being painted right now. Please try again in a minute.
refused-restarting = I am about to restart. Please send that again in half a minute.
refused-channel-silent = In this server pictures come into the channel itself, and I am not allowed to write in this one. Ask a moderator to give me the permission “Send Messages” here.
refused-attach-files = I am not allowed to post files here. Ask a moderator to give me the permission “Attach Files” in this channel.
refused-nowhere-to-post = I am not allowed to write here. Ask a moderator to give me “Send Messages”, or “Create Public Threads” and “Send Messages in Threads”, in this channel.
refused-thread-silent = I am not allowed to write in this thread. Ask a moderator to give me the permission “Send Messages in Threads”.
refused-card-refused = Discord’s filters or this server’s AutoMod did not let me show your prompt here, so nothing was ordered. Please use other words; you were not charged.
refused-thread-locked = This thread is locked, so I can't put anything into it or take anything out. Ask a moderator to unlock it, or use /edit in the channel.
refused-blocked-here = This server’s moderators have blocked you from making pictures here. Their reason: “{ $why }”. If you think that is a mistake, please talk to them.
refused-blocked-here-until = This server’s moderators have blocked you from making pictures here until <t:{ NUMBER($until, useGrouping: 0) }:f>. Their reason: “{ $why }”. If you think that is a mistake, please talk to them.
refused-picture-direct = That picture came as a direct message to whoever asked for it, so I can't use it here. Reply to another picture, or use /edit with a picture of yours.
refused-picture-deleted = That picture was deleted, so nothing more can be made of it. Reply to another one, or use /edit with a picture of yours.

### Where pictures go when a thread can't be

place-no-create-thread = No thread here: I lack the permission “Create Public Threads”.
place-no-thread-messages = No thread here: I lack the permission “Send Messages in Threads”.
place-no-history = I lack the permission “Read Message History”, so I can't reply to messages here.
place-no-embeds = I lack the permission “Embed Links”, so I can't show you here how far I am.
place-too-many-threads = No thread here: this server has as many open threads as Discord allows.
place-kind = No thread here: this kind of channel has none.
place-no-card = No thread here: the message it would have grown from was deleted.
place-title-refused = No thread here: this server’s AutoMod did not let me name it after your prompt.
place-thread-gone = The thread is gone or locked, so the picture comes here.
place-thread-closed = Discord did not let me write in the thread, so the picture comes here.
place-content-refused = Discord did not let me post this where you asked, so it comes here.
place-direct = I could not write in the channel where you asked, so the picture comes here.

### Whose picture it is

refused-consent-never = { $member } doesn’t want their pictures changed by others, and this is one of them or was made from one. Please choose another picture.
refused-consent-own = In this server you can only change your own pictures, and this one is { $member }’s or was made from theirs. Please use one of your own.
refused-consent-role = { $member } has a role here that keeps their pictures from being changed by others, and this is one of them or was made from one. Please choose another picture.
refused-consent-unknown = In this server you can only change your own pictures, and I no longer know whose this one is. If it is yours, save it, and attach it to /edit.
refused-consent-unread = I can’t find out right now whether everybody whose picture this is agrees, so I leave it. Please try again in a minute.
credit-message = From a picture by { $member }: { $link }
credit-avatar = From the avatar of { $member }

### The card, progress, the picture

card-asked = { $member } asked for
state-accepted = Getting ready…
state-in-queue = Place { $place } in the queue{ $begins ->
        [0] { "" }
       *[other] { " " }· begins <t:{ NUMBER($begins, useGrouping: 0) }:R>
    }
state-opened = Painting in { $place }
state-working = Painting…
state-delivered = Done: { $link }
state-failed = No picture this time
state-unusable = No picture this time, and no charge
state-unknown = Not known yet

progress-preparing = Looking at your picture…
progress-queued = Waiting for a free painter… { $until ->
        [0] asked <t:{ NUMBER($since, useGrouping: 0) }:R>
       *[other] usually done <t:{ NUMBER($until, useGrouping: 0) }:R>
    }
progress-painting = Painting… { $bar }{ $until ->
        [0] asked <t:{ NUMBER($since, useGrouping: 0) }:R>
       *[other] usually done <t:{ NUMBER($until, useGrouping: 0) }:R>
    }
progress-slow = Still painting, longer than usual; asked <t:{ NUMBER($since, useGrouping: 0) }:R>
progress-painted = Painted in { $seconds } s
progress-stopped = Stopped

# What a job is waiting for. Said on its card while it lasts, and to the operator where only they can end it.
held-discord = Waiting for Discord, which does not take everything that I send right now. I try again until it does.
held-database = Waiting for my own database, which I can’t reach right now. I try again until I can.
held-toapis = Waiting for the painting service, which does not answer right now. I ask again until it does.
held-model = Nobody paints with this model right now. I try again for a minute.
held-key = Waiting: the painting service refuses the key of this bot. Whoever runs it has to check TOAPIS_API_KEY. I keep asking, and bring the picture once I’m let in.
held-not-allowed = Waiting: the painting service says that the key of this bot may not ask for this picture. Whoever runs it has to look at the key’s rights. I keep asking, and bring the picture once I’m let in.
held-credit = Waiting: the painting service asks for more balance before it answers. Whoever runs this bot has to top up its account. I keep asking, and bring the picture once I’m let in.
held-locked = Waiting: this server pays with a key of its own, and I can’t open it. Whoever runs this bot has to check SECRET_KEYS. I keep trying, and bring the picture once I can.

late = This one takes longer than usual, { $member }. Nothing is lost: I keep asking for a day and bring your picture here as soon as it is painted.
result = { $count ->
        [0] { $member }, your picture is painted, but I could not bring it here. If the link below fails as well, please tell whoever runs this bot.
        [one] { $member }, here is your picture.
       *[other] { $member }, here are your { $count } pictures.
    }
result-why-too-large = Even made smaller, its file is larger than Discord takes here.
result-why-explicit = Discord’s filter for explicit pictures did not let me post it.
result-why-automod = This server’s AutoMod did not let me post it.
result-why-harmful = Discord’s filter for harmful links did not let me post it.
result-why-not-taken = Discord did not take its file.
result-more = { $count ->
        [0] More of it is painted, but I could not bring it here.
        [one] And one more.
       *[other] And { $count } more.
    }
result-link = Please [open it in your browser]({ $url }) and save it soon: the link does not last.
result-link-until = Please [open it in your browser]({ $url }) and save it before <t:{ NUMBER($expires_at, useGrouping: 0) }:f>: then the link ends.
result-link-long = Its address is too long for a message: open the attached file, copy the address into your browser, and save the picture soon, since the link does not last.
result-link-refused = One more picture is painted, but the painting service named an address for it that I never open, to keep everybody safe. I have told whoever runs this bot.
made-by-ai = Made by AI
result-alt = Made by AI. Picture painted with { $model } from the prompt: { $prompt }
result-original = { $number ->
        [0] A smaller copy
       *[other] Picture { $number } is a smaller copy
    } that fits here: [the original]({ $url }){ $expires_at ->
        [0] , for a short time
       *[other] , until <t:{ NUMBER($expires_at, useGrouping: 0) }:f>
    }
source-alt = The picture that was given, to be changed to: { $prompt }
cost-about = about ${ $price }
cost = ${ $price }

operator-address-refused = ToAPIs named an address for a result of job { $job } that is never opened, so the picture could not be fetched. Its host: { $host }
operator-warning = Job { $job } needs your eyes: { $sentence } (For you: { $detail })

### Orders that the catalogue refuses

refused-model-unknown = I don’t know a model called “{ $model }”. Pick one from the list that opens while you type, or leave the model out.
refused-prompt-empty = Tell me what to change: the prompt is empty. Write a few words and send it again.
refused-prompt-too-long = { $model } reads at most { NUMBER($limit) } characters, and your prompt has { NUMBER($length) }. Shorten it, or pick another model.
refused-ratio-unknown = { $model } can’t paint the shape “{ $ratio }”. It can do { $offered }. Pick one of these, or leave the shape out.
refused-resolution-unknown = { $model } can’t paint in “{ $resolution }”. It can do { $offered }. Pick one of these, or leave the resolution out.
refused-resolution-none = { $model } has only one resolution, so I can’t ask it for “{ $resolution }”. Leave the resolution out, or pick another model.
refused-count-unknown = { $model } can’t paint { NUMBER($count) } pictures at once. It can do { $offered }. Pick one of these numbers.
refused-too-many-sources = { $limit ->
    [one] { $model } looks at only one picture with this order, and you gave { NUMBER($count) }. Leave some out, or pick another model.
   *[other] { $model } looks at no more than { NUMBER($limit) } pictures with this order, and you gave { NUMBER($count) }. Leave some out, or pick another model.
}
refused-no-source = { $model } needs a picture to start from, and there is none. Attach one and send it again.

### Styles

style-golden-hour = Golden hour
style-film-noir = Film noir
style-watercolour = Watercolour
style-oil = Oil painting
style-ink-and-wash = Ink and wash
style-lithograph = Lithograph
style-woodcut = Woodcut
style-risograph = Risograph
style-blueprint = Blueprint
style-paper-cut = Paper cut
style-ceramic-tile = Ceramic tile
style-claymation = Claymation

style-kept = “{ $style }” is on offer here now. Its words, with the prompt’s place in them:
style-removed = “{ $style }” is gone from the list. Pictures that were painted with it stay.

refused-style-unknown = I don’t know a style called “{ $style }” here. Pick one from the list that opens while you type, or leave the style out.
refused-style-built-in = My own styles stay as they are, and “{ $style }” is one of them. Please choose another name.
refused-style-name-empty = A style needs a name that people can read. Please give it one of up to { NUMBER($limit) } characters.
refused-style-name-too-long = A style’s name has at most { NUMBER($limit) } characters, and this one has { NUMBER($length) }. Please shorten it.
refused-style-template-empty = This style says nothing yet. Write how its pictures should look, and put { $place } where the prompt belongs.
refused-style-template-too-long = A style’s text has at most { NUMBER($limit) } characters, and this one has { NUMBER($length) }. Please shorten it.
refused-style-place-twice = The prompt has one place in a style, and this text names { $place } { NUMBER($count) } times. Please keep one of them.
refused-styles-full = This server keeps { NUMBER($limit) } styles, and that is as many as there can be. Please remove one before you add another.

### Reports: pictures and money

usage-me = **Your pictures** { $days ->
        [1] in the last 24 hours
       *[other] in the last { $days } days
    }: { $sum }
usage-server = **This server’s pictures** { $days ->
        [1] in the last 24 hours
       *[other] in the last { $days } days
    }: { $sum }
usage-everything = **All pictures** { $days ->
        [1] in the last 24 hours
       *[other] in the last { $days } days
    }: { $sum }
usage-sum = { $pictures ->
        [one] one picture
       *[other] { NUMBER($pictures) } pictures
    }, ${ $money }
usage-own-keys = Paid with servers’ own keys, of this: { $sum }.
usage-members = **By member**
usage-more-members = { $count ->
        [one] - and one more member, who is in the file below
       *[other] - and { NUMBER($count) } more members, who are in the file below
    }
usage-models = **By model**
usage-no-model = a model that I no longer know
usage-note = -# Counted when they were ordered. What is not settled yet counts with the price that is held for it; what was returned doesn’t count.
usage-file = -# In the chart: pictures above, dollars below. The file says it by day, member and model, at most { NUMBER($most) } lines, the newest first.
usage-alt-hour = Bar chart by hour (UTC) from { $first }. In all { $sum }. Pictures and dollars: { $bars }
usage-alt-day = Bar chart by day (UTC) from { $first }. In all { $sum }. Pictures and dollars: { $bars }
usage-alt-month = Bar chart by month (UTC) from { $first }. In all { $sum }. Pictures and dollars: { $bars }

balance-key = My key at ToAPIs may still spend **${ $money }**.
balance-key-unlimited = My key at ToAPIs has no limit of its own.
balance-account = The account behind it has **${ $money }** left.
balance-account-unlimited = The account behind it is unlimited.
balance-spent = In the last { $past } days ${ $money } was spent here.
balance-lasts = { $days ->
        [0] At this rate that lasts for **less than a day**.
        [one] At this rate that lasts for about **one day**.
       *[other] At this rate that lasts for about **{ NUMBER($days) } days**.
    }
operator-purse = { $days ->
        [0] The money at ToAPIs lasts for less than a day
        [one] The money at ToAPIs lasts for about one more day
       *[other] The money at ToAPIs lasts for about { NUMBER($days) } more days
    } at the spending of the last seven: ${ $left } is left. Please fill it up at https://toapis.com/console, or nobody can paint. /balance shows how it stands.
operator-webhooks = ToAPIs refuses to call { $address } when a picture is painted: my key has no webhook for this address. Nothing is lost, I ask for each picture instead; but webhooks are sooner there. At https://toapis.com/console/token, edit the key: enter that address as its callback URL, enable the task webhooks, put the signing secret into TOAPIS_WEBHOOK_SECRET, and send a test event. Then I use it at once, else I try again in a day.

refused-operators-only = Only the people who run this bot can see that. Your own pictures are in /usage.
refused-managers-only = A server’s sums are for those who may manage it (the permission “Manage Server”). Your own pictures are in /usage.
refused-no-server-here = There is no server here. Please ask that in a channel of yours, or choose “me”.

### For whoever runs the bot: the panel

operator-title = How I stand
operator-open = Orders are taken.
operator-closed = **Maintenance** since <t:{ NUMBER($since, useGrouping: 0) }:R>: what runs is finished, and no order is taken.
operator-refresh = Refresh
operator-begin = Maintenance on
operator-end = Maintenance off
operator-reconcile = Reconcile
operator-why = Why, or until when? Who orders reads it
operator-why-hint = nothing has to be said
operator-reconciled = { $count ->
        [one] One thing differs; it is
       *[other] { NUMBER($count) } things differ; they are
    } in the file.
operator-none = none
operator-health = Health
operator-version = Version { $version }, up since <t:{ NUMBER($since, useGrouping: 0) }:R>
operator-discord = Discord: connected
operator-discord-latency = Discord: connected, { $latency } ms
operator-discord-lost = Discord: **not connected** (shard { $shards })
operator-database = { $kind }: answers in { $took } ms
operator-database-silent = { $kind }: **does not answer**
operator-engine = Engine: running
operator-engine-stopped = Engine: **stopped**
operator-toapis = ToAPIs: answers, last <t:{ NUMBER($answered, useGrouping: 0) }:R>
operator-toapis-silent = ToAPIs: **can’t be reached**, { $answered ->
        [0] and never was since the start
       *[other] last answer <t:{ NUMBER($answered, useGrouping: 0) }:R>
    }
operator-key = Key: accepted, ${ $money } left
operator-key-unlimited = Key: accepted, without a limit
operator-key-refused = Key: **refused**
operator-key-unknown = Key: not known now
operator-queue = Queue
operator-accepted = { NUMBER($jobs) } accepted
operator-submitted = { NUMBER($jobs) } submitted
operator-painted = { NUMBER($jobs) } painted
operator-unknown = { NUMBER($jobs) } unknown
operator-oldest = The oldest that runs is from <t:{ NUMBER($since, useGrouping: 0) }:R>
operator-held = ${ $money } is held
operator-money = Spent, what is held included
operator-day = 24 hours: ${ $money }
operator-day-of = 24 hours: ${ $money } of ${ $limit }, ${ $left } left
operator-week = 7 days: ${ $money }
operator-month = 30 days: ${ $money }
operator-month-of = 30 days: ${ $money } of ${ $limit }, ${ $left } left
operator-refills = (more <t:{ NUMBER($at, useGrouping: 0) }:R>)
operator-servers = Dearest servers of { $days } days
operator-server = { $name } ({ $id }): { $sum }
operator-server-unknown = { $id }: { $sum }
operator-direct = direct messages: { $sum }
operator-failures = Failures of the last 24 hours
operator-failure = { $kind }: { NUMBER($jobs) }
operator-failure-forgotten = forgotten since: { NUMBER($jobs) }
presence-maintenance = In maintenance: no new orders just now

### For whoever runs the bot: do the books agree?

reconcile-sums = In the ledger: ${ $reserved } was reserved. Of that ${ $settled } was settled (and cost ${ $cost }), ${ $returned } went back, ${ $held } is held.
reconcile-toapis-since = With ToAPIs: what the key used since { $since } UTC was compared, and { $count } of the newest bills.
reconcile-toapis-first = With ToAPIs: { $count } of the newest bills were compared. What the key has used is noted now, and compared from the next time on.
reconcile-toapis-silent = ToAPIs could not be asked, so only our own books were compared. Please try again later.
reconcile-end = { $count ->
        [0] Nothing differs.
        [one] One thing differs.
       *[other] { NUMBER($count) } things differ.
    }
reconcile-no-reservation = it was taken for ${ $price }, and nothing was ever reserved for it.
reconcile-no-job = ${ $held } was reserved for it, and there is no such job.
reconcile-closed-alone = its money was closed with ${ $cost }, and none was ever reserved.
reconcile-twice = { $phase ->
        [open] money was reserved for it { $count } times.
       *[close] its money was closed { $count } times.
    }
reconcile-still-held = it ended long ago ({ $state }), and ${ $held } is still held for it.
reconcile-closed-early = it is not over ({ $state }), and its money is closed with ${ $cost } already.
reconcile-delivered-free = its picture was painted, and the ${ $held } went back.
reconcile-failed-paid = it failed, and cost ${ $cost } all the same.
reconcile-unbought-paid = it was never bought, and cost ${ $cost } all the same.
reconcile-other-price = its price is ${ $price }, and ${ $held } was reserved.
reconcile-other-return = ${ $held } was reserved, and ${ $cost } went back.
reconcile-bill = ToAPIs billed ${ $told }, and the ledger says ${ $cost }.
reconcile-sum = The lines of the ledger come to ${ $lines } { $what }, and those of its jobs to ${ $jobs }.
reconcile-used-more = By ToAPIs the key used { $told } in that time. The ledger settled ${ $ours }, and ${ $held } is open: ${ $gap } was used that nobody here knows of.
reconcile-used-less = By ToAPIs the key used { $told } in that time. The ledger settled ${ $ours }: that is ${ $gap } more than the key can have paid.

### Pictures that can't be used

picture-empty = This file is empty: not a single byte arrived. Please upload the picture again.
picture-unknown = I can't tell what kind of picture this file is. Please save it as PNG or JPEG and try again.
picture-other = This kind of file is not a picture that I can open. Please choose a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF.
picture-svg = SVG is a drawing made of instructions, and I edit pixels. Please export it as PNG and try again.
picture-heic = This is an iPhone photo in HEIC format, which I can't open. Please save it as JPEG (a screenshot of it works too) and try again.
picture-raw = This is a raw photo: export it as JPEG in the app that developed it or in a photo app, and try again.
picture-pdf = This is a PDF document. Please save the page as PNG or JPEG and try again.
picture-video = This is a video, and I edit still pictures. A screenshot of the moment you like will do.
picture-audio = This is a sound file. Please choose a picture instead.
picture-text = This is a text file, not a picture. Please choose a picture, or use /imagine to paint from words alone.
picture-archive = This is an archive. Please unpack it and upload one picture from it.
picture-truncated = This picture ends in the middle, as if its upload had stopped. Please save it again and upload it once more.
picture-broken = This picture is damaged and can't be opened. Please open it in an image app, save it as PNG, and try again.
picture-bomb = This picture unfolds to more than { $limit_mp } megapixels, or to too many frames. Please make it smaller and try again.
picture-slow = This file takes too long to open. Please save it as a JPEG or PNG of at most 20 megapixels and try again.
picture-heavy = This file takes too much memory to open. Please save it as a JPEG, or make it smaller, and try again.
picture-crash = This file breaks the program that opens pictures. Please open it in an image app, save it as PNG, and try again.
picture-ended = The program that opens pictures was stopped twice while it had this file. Please try again in a minute; if that does not help, make the picture smaller.
picture-too-small = This picture is too small to edit: each side needs at least { $min_side } pixels. Please choose a larger one.
picture-longer = This file has more bytes than Discord says it has, so I stopped reading it. Please upload it again.
picture-not-shown = Discord does not show me this picture any more. Please save it on your device and attach it as a file.
picture-lottie = This sticker is a drawing made of instructions, and I edit pixels. A screenshot of it will do.
picture-explicit = Discord’s filter for explicit pictures did not let me post your picture here. Please choose another picture.
picture-automod = This server’s AutoMod did not let me post your picture and your prompt. Please use other words or another picture.
picture-harmful = Discord’s filter for harmful links did not let me post your picture and your prompt. Please use other words or another picture.
picture-not-taken = Discord did not take your picture’s file when I posted it here. Please save it as PNG or JPEG and try again.
picture-too-large = This file is over the limit of { $limit_mb } MB. Please make it smaller and try again.

### Buttons and forms

button-go = Go on
button-change = Change
button-again = Again
button-sharper = Sharper
button-compare = Compare
button-steps = Steps
button-cancel = Cancel
button-retry = Try again
button-delete = Delete
button-erase = Yes, delete it
form-title = Edit this picture
form-prompt = What should change?
form-prompt-hint = For example: now at night, with rain
form-picture = Which picture?
form-model = Who paints?
form-ratio = Shape
form-resolution = Size
form-upload = One more picture, if you like
form-as-it-is = As it is
refused-at-it = I am still at what you asked for a moment ago. Please wait until it is there, then ask again.
refused-export-too-large = Your data is too large for one file in Discord, even packed. Please ask whoever runs this bot for it.
refused-too-often = You asked for that many times in a short while. You can ask again <t:{ NUMBER($at, useGrouping: 0) }:R>.
refused-twice = You just asked for exactly that; it is on its way.
refused-button-old = This button is from an earlier version of me. Please use /edit, or a button under a newer picture.
refused-form-old = I can't read this form any more. Please open it again, or use /edit.
refused-job-gone = I no longer have anything about this picture: it was deleted. Please use /edit with the picture itself.
refused-picture-not-here = The painted picture is not in this message, so I can't go on from it. Save it, and attach it to /edit.
refused-nothing-to-compare = There is nothing to compare here: this picture was made from words alone, or is not in this message.
refused-sharpest = This is already the largest size ({ $resolution }) that this model paints.
refused-not-yours = Only the person who asked for this picture, or a moderator, can do that.
refused-too-late-to-cancel = It is too late to call this one off: it is done, or called off already.
refused-no-picture-there = I see no picture in that message. Choose a message with an attached picture.
refused-forgotten-order = What was asked for here is forgotten, as promised, so I can't do it once more. Press “Go on” under the picture, or use /edit.
refused-forgotten-compare = What this picture was made from is forgotten, as promised, so there is nothing to compare it with.
refused-forgotten-steps = The steps that led to this picture are forgotten, as promised. The pictures themselves are still in their messages.
refused-forgotten-delete = I no longer know where this picture is. Please press “Delete” under it once more.
refused-forgotten-picture = I no longer know which picture was made here. Reply to the message with the picture, or use /edit with it.
refused-history-empty = There are no pictures here yet. Make one with /edit.
error-called-off = This picture was called off.
compare = **1** is before, **2** is after.
compare-ai = -# Made by AI: **2**
compare-alt = Before and after, side by side; the one after is made by AI. The prompt was: { $prompt }
steps-alt = { $count } pictures in a row, from the first to this one; those after the first are made by AI
steps-ai = -# Made by AI: all but **1**
steps-first = **1** the original
steps-forgotten = **1** the earliest that I still know; what came before may be forgotten
steps-from-words = **1** from words alone
steps-gone = **1** the original, which was deleted since
steps-step = **{ $number }** { $prompt }
steps-step-gone = **{ $number }** { $prompt } (deleted since)
cancelled-free = Called off. Nothing was bought.
cancelled-buying = I'm stopping this one as soon as I can. It was just being ordered, and ToAPIs knows no cancel, so it may still cost its price.
cancelled-bought = I stop waiting for this one. ToAPIs knows no cancel and goes on painting, so it still costs its price.
state-cancelled-free = Called off by { $member }; nothing was bought
state-cancelled-bought = Called off by { $member }; it was ordered already, so it still costs its price
state-deleted = Deleted by { $member }
delete-sure = Delete this picture for everybody? It can't be brought back.
deleted = Deleted.
history-newer = Newer
history-older = Older

### Reports of pictures, and what moderators decide

button-report = Report
report-title = Report this picture
report-reason = What is wrong with it, if you like to say
report-reason-hint = The moderators read it. They also see that it was you.
report-thanks = Thank you. The moderators of this server have your report.
report-news = A picture was reported.
report-heading = Reported picture
report-prompt = It was made from the words
report-prompt-forgotten = What was asked for is forgotten, as promised.
report-by = Made by
report-nobody = somebody that I no longer know
report-when = Made by AI with { $model }, <t:{ NUMBER($at, useGrouping: 0) }:f>
report-places = Where it is
report-place-result = [the picture]({ $link })
report-place-source = [what it was made from]({ $link })
report-place-none = only here: I no longer know where it came
report-voices = Reported by
report-voice = { $member } <t:{ NUMBER($at, useGrouping: 0) }:R>
report-voice-reason = { $member } <t:{ NUMBER($at, useGrouping: 0) }:R>: { $reason }
report-more = and { NUMBER($count) } more
report-gone = The picture was deleted by { $member }.
report-deleted = **Deleted** by { $member }, wherever I had posted it.
report-blocked = **{ $member } blocked** who made it. Delete the picture under itself, if it should go, too.
report-dismissed = **Dismissed** by { $member }. The picture stays.
report-alt = The reported picture, made by AI
report-astray = -# This came here since I can’t write in the reports channel. Please choose another one in /server.
report-owner = In your server { $server } a member reported a picture, and I can’t write in its reports channel or log channel. Please choose a channel for reports in /server, in the section “Log”.
button-report-delete = Delete
button-report-block = Block…
button-report-dismiss = Dismiss
block-title = Block who made this picture
block-reason = Why? They will read it
block-days = For how many days? Empty is for ever
refused-report-direct = Reports go to a server’s moderators, and here is no server. “Delete” takes your own picture away.
refused-report-nowhere = This server has no place for reports yet, so nobody would read yours. Please tell the people who manage it: they can choose a channel in /server.
refused-report-unreachable = I can’t write where this server wants its reports, and have told its owner. Please tell a moderator yourself, too.
refused-report-twice = You have reported this picture already. The moderators know.
refused-report-flood = You can report { NUMBER($limit) } pictures in an hour. You can report the next one <t:{ NUMBER($at, useGrouping: 0) }:R>; if it can’t wait, please write to a moderator.
refused-report-decided = The moderators have looked at this picture and decided already.
refused-report-gone = I no longer have anything about this report. Please decide under the picture itself, or with /block.
refused-report-nobody = I no longer know whose picture this is, so I can’t block them. Use /block add with their name.
refused-not-moderator-there = Only people who may manage messages in the channel of this picture can decide that.
refused-not-moderator-server = Only people who may manage messages in the whole server can do that: it holds in all its channels.
refused-not-moderator = Only people who may manage messages here can decide that.
refused-block-days = I need a whole number of days from 1 to { NUMBER($most) }, or nothing for ever. Nobody was blocked; please press “Block…” once more.
refused-block-reason = I need a reason that people can read: whoever is blocked is told it. Nobody was blocked; please try again.
refused-not-blocked = { $member } is not blocked here, so there is nothing to end. /block list shows who is.
blocked-for = { $member } is blocked from making pictures here until <t:{ NUMBER($until, useGrouping: 0) }:f>.
blocked-for-ever = { $member } is blocked from making pictures here, for ever.
unblocked = { $member } can make pictures here again.
blocks-none = Nobody is blocked here.
blocks-some = Blocked from making pictures here:
blocks-until = - { $member } until <t:{ NUMBER($until, useGrouping: 0) }:f>, by { $by }: { $reason }
blocks-for-ever = - { $member } for ever, by { $by }: { $reason }
blocks-more = and { NUMBER($count) } more; /audit names them all
copies-left = { $count ->
        [one] One message with a copy of it could not be changed: its thread is locked, or I can’t see it any more.
       *[other] { NUMBER($count) } messages with copies of it could not be changed: their threads are locked, or I can’t see them any more.
    }
audit-some = The last things that moderators and managers did, the newest first. All of it is in the file, at most { NUMBER($most) } lines.
audit-none = Moderators and managers have done nothing so far that I keep.
audit-picture-deleted = { $by } deleted a picture of { $member }
audit-report-dismissed = { $by } dismissed the reports of a picture of { $member }
audit-member-blocked = { $by } blocked { $member } for ever: { $reason }
audit-member-blocked-until = { $by } blocked { $member } until <t:{ NUMBER($until, useGrouping: 0) }:f>: { $reason }
audit-member-unblocked = { $by } lifted the block of { $member }
audit-somebody = somebody

### The conversation

hint-command = Hello! Use /edit with a picture, or /imagine with words alone. In the thread that opens you can simply reply to the picture.
hint-ping = I can only read a reply when it pings me: leave the @ switched on next to the text box, and send it again.
hint-reply = Discord doesn’t show me what you write in a reply to this message. Reply to the picture instead, or mention me with @ in your text.
hint-prompt = Tell me what should change: write it in the same message.
hint-menu = I can't see pictures in other people's messages. On that message choose Apps, then “Edit this picture”. To go on from my last picture, mention me without replying.

past-accepted = Being prepared
past-submitted = Being painted
past-painted = Painted, on its way
past-delivered = [See it]({ $link })
past-failed = No picture came of it
past-cancelled = Called off
past-unknown = Not known yet
past-deleted = Deleted since
past-covered = -# Covered as a spoiler, so it is not shown here.

### A server's rules

rules-title = This server’s rules
rules-intro = Choose below what to change. What is not listed here is not limited by this server.
rules-none = Nothing is limited so far.
rules-menu = Change…
rules-changes = Last changes
rules-changed = { $member } changed “{ $rule }” from { $old } to { $new }
rules-where = Where
rules-who = Who
rules-what = What
rules-member = Quota of each member
rules-role = Quota of members with a role
rules-server = Quota of the whole server
rules-pace = Pace
rules-how = How
rules-consent = Whose pictures
rules-words = Blocked words
rules-log = Log
rule-yes = yes
rule-no = no
rule-any = any
rule-off = no limit
rule-number-none = no limit
rule-money-none = no limit
rule-ratio-none = as the model likes
rule-words-none = none
rule-words-hint = Whole words and their plurals, however they are spelled. word* is each word that begins like that.
rule-words-kept = { $count } kept
rule-channels = Channels
rule-threads-only = In threads only
rule-age-restricted-only = In age-restricted channels only
rule-roles = Roles that may order
rule-account-days = Days since the account was made
rule-member-days = Days in this server
rule-models = Models
rule-resolutions = Sizes
rule-default-model = Model where none is chosen
rule-default-ratio = Shape where none is chosen, as 16:9
rule-count = Pictures at once
rule-member-hour = Pictures in an hour
rule-member-day = Pictures in 24 hours
rule-member-month = Pictures in 30 days
rule-member-money-day = Dollars in 24 hours
rule-member-money-month = Dollars in 30 days
rule-role-limited = Roles
rule-role-hour = Pictures in an hour, each
rule-role-day = Pictures in 24 hours, each
rule-role-month = Pictures in 30 days, each
rule-role-money-day = Dollars in 24 hours, each
rule-server-hour = Pictures in an hour, all together
rule-server-day = Pictures in 24 hours, all together
rule-server-month = Pictures in 30 days, all together
rule-server-money-day = Dollars in 24 hours, all together
rule-server-money-month = Dollars in 30 days, all together
rule-running-per-member = Pictures of one member at work at once
rule-running-in-server = Pictures of all at work at once
rule-cooldown = Seconds between two orders of a member
rule-language = Language of cards and threads
rule-language-member = each member’s own
rule-delivery = Where pictures come
rule-delivery-thread = in a thread
rule-delivery-channel = in the channel itself
rule-spoiler = Pictures as spoilers
rule-consent = Whose pictures may be changed
rule-consent-anyone = anybody’s
rule-consent-own = one’s own only
rule-consent-opt-out = of all without the role below
rule-consent-role = Role of those who say no
rule-words = Words, one to a line
rule-log-channel = Channel for what managers and moderators did
rule-reports-channel = Channel for reported pictures

refused-not-manager = Only people who may manage this server can see and change its rules. Please ask one of them.
refused-log-channel = That is done, but I can’t write in the log channel. Please let me see it and send messages there, or have another one chosen in /server.
refused-rule-number = I need a whole number from { NUMBER($least) } to { NUMBER($most) } there, and read “{ $given }”. Nothing was changed; please open the section again.
refused-rule-money = I need dollars there, such as 12.50, at most { NUMBER($most) }, and read “{ $given }”. Nothing was changed; please open the section again.
refused-rule-ratio = I need a shape there, such as 16:9, and read “{ $given }”. Nothing was changed; please open the section again.
refused-rule-words = I keep up to { NUMBER($most) } words of up to { NUMBER($limit) } characters each. Nothing was changed; please open the section again and shorten the list.
refused-rule-choice = There is no “{ $given }” to choose there. Nothing was changed; please open the section again.
refused-rule-consent-role = Nobody could say no yet: please open the section again, and choose the role of those who do. Nothing was changed.
refused-rule-channel = Pictures are not made in this channel. Please order in one of these: { $channels }.
refused-rule-thread = In this server pictures are made in threads only. Please open one, or go to one, and order there.
refused-rule-age-restricted = In this server pictures are made in age-restricted channels only. Please order in one of those.
refused-rule-role = In this server only members with one of these roles can order pictures: { $roles }.
refused-rule-account-young = This server lets accounts order once they are { NUMBER($days) } days old. Yours is from <t:{ NUMBER($at, useGrouping: 0) }:f> on; please come back then.
refused-rule-member-young = This server lets members order once they have been here for { NUMBER($days) } days. You have from <t:{ NUMBER($at, useGrouping: 0) }:f> on; please come back then.
refused-rule-model = This server doesn’t offer that model. Pick one from the list that opens while you type, or leave the model out.
refused-rule-resolution = This server paints in { $resolutions } only. Pick one of these, or leave the resolution out.
refused-rule-count = This server paints at most { $limit ->
        [one] one picture
       *[other] { NUMBER($limit) } pictures
    } at once. Please order fewer.
refused-rule-word = This server doesn’t want pictures of “{ $word }”. Please leave it out of the prompt.
refused-server-busy = This server can have { $limit ->
        [one] one picture
       *[other] { NUMBER($limit) } pictures
    } at work at once, and it has. Please try again when one is done.
refused-cooldown = In this server { NUMBER($seconds) } seconds must pass between two orders. You can order again <t:{ NUMBER($at, useGrouping: 0) }:R>.
refused-limit-member = You can have { $unit ->
        [money] { $limit }
       *[pictures] { $limit ->
            [one] one picture
           *[other] { NUMBER($limit) } pictures
        }
    } here in any { $window ->
        [hour] hour
        [day] 24 hours
       *[month] 30 days
    }, and { $unit ->
        [money] { $left } is
       *[pictures] { $left ->
            [0] none is
            [one] one is
           *[other] { NUMBER($left) } are
        }
    } left. More is free <t:{ NUMBER($refills_at, useGrouping: 0) }:R>; please order again then.
refused-limit-server = This server can have { $unit ->
        [money] { $limit }
       *[pictures] { $limit ->
            [one] one picture
           *[other] { NUMBER($limit) } pictures
        }
    } in any { $window ->
        [hour] hour
        [day] 24 hours
       *[month] 30 days
    }, and { $unit ->
        [money] { $left } is
       *[pictures] { $left ->
            [0] none is
            [one] one is
           *[other] { NUMBER($left) } are
        }
    } left. More is free <t:{ NUMBER($refills_at, useGrouping: 0) }:R>; please order again then.
refused-limit-all = I may spend { $limit } in any { $window ->
        [hour] hour
        [day] 24 hours
       *[month] 30 days
    } for everybody together, and { $left } is left. More is free <t:{ NUMBER($refills_at, useGrouping: 0) }:R>; please order again then.
refused-limit-never = This order is larger than all that is allowed here: { $unit ->
        [money] { $limit }
       *[pictures] { $limit ->
            [one] one picture
           *[other] { NUMBER($limit) } pictures
        }
    } in any { $window ->
        [hour] hour
        [day] 24 hours
       *[month] 30 days
    }. Please order fewer pictures at once, or a cheaper model or size.

past-forgotten = Its words and links are forgotten, as promised; a picture stays where it came

### Privacy

about-privacy-orders = **Orders.** For each I keep who asked, when and where, the words, the way to the source pictures and to the result, whose pictures it was made from, and what it cost. { $days ->
        [one] A day
       *[other] { NUMBER($days) } days
    } after the order, words, sources and links are erased (only where I can't tell yet what it cost, that waits until I can). Who asked, when, where, and what it cost I keep until you have it deleted, at most 400 days (or as many days as words are kept, if that is more); whose pictures it was made from, so that their wishes hold, for as long as the order is known. A form that you open and don't send is kept for two days at most.
about-privacy-pictures = **Pictures** stay in Discord's messages; I keep no copy. To be painted, your words and pictures go to ToAPIs (toapis.com), and there each picture gets a **public address**: whoever has it can open it. I keep these addresses until a week after the order is over, at most. ToAPIs keeps painted pictures for 24 hours, as it says; for the pictures that I send it names no time.
about-privacy-ai = **AI.** Every picture that I bring is **made by AI**: its small print and its alt text say so.
about-privacy-yours = **Yours.** /mydata export gives you all that I keep about you, and /mydata delete forgets it. With /mydata pictures you say whether others may have your pictures changed; that wish stays until you take it back. Delete under a picture takes it out of Discord.
about-privacy-servers = **Servers.** What a server keeps here, such as its own styles, its rules, its sealed key, whom it blocked, and what its moderators did, is erased { $gone ->
        [one] a day
       *[other] { NUMBER($gone) } days
    } after I left it. Who reported which picture, and why, its moderators see; I erase it { $days ->
        [one] a day
       *[other] { NUMBER($days) } days
    } later.

mydata-made-by-ai = Every painted picture that is linked here was made by AI.
mydata-export = Here is all that I keep about you, in one file. Only you can see it.
mydata-sure = Shall I forget what I keep about you? It can't be brought back.
mydata-goes = - **Now:** the words, sources, ids and links of your orders that are over, and what is noted about open forms.
mydata-day = - **After 30 days:** that orders of the last 30 days were yours. Your limits count them until then.
mydata-open = - **Once they are over:** orders that still run, whose cost is not known yet, or that failed or were called off in the last hour.
mydata-stays = - **Stays, without you:** what your orders cost, and the styles that you made for a server. What others made, even from your pictures, is theirs.
mydata-moderation = - **Stays with you:** a block by a server’s moderators, until it ends, and open reports of your pictures; what you reported within the last hour. Reports are erased with time.
mydata-messages = - **Messages in Discord stay.** Press “Delete” under each picture that should go, before or after this; a moderator can delete the rest.
mydata-forgotten = { $forgotten ->
        [0] Done: of your orders that are over there was nothing left to forget.
        [one] Done: one order is forgotten.
       *[other] Done: { NUMBER($forgotten) } orders are forgotten.
    }
mydata-counted = { $counted ->
        [one] - One order is less than 30 days old. That it was yours I forget once it is: until then your limits count it.
       *[other] - { NUMBER($counted) } orders are less than 30 days old. That they were yours I forget once they are: until then your limits count them.
    }
mydata-left = { $open ->
        [one] - One order is not over yet; it is forgotten as soon as it is.
       *[other] - { NUMBER($open) } orders are not over yet; they are forgotten as soon as they are.
    }
mydata-wish = - **Stays, with your id:** what you say in /mydata pictures, and in the orders of others that they were made from a picture of yours. So your wish holds on.
mydata-pictures-yes = Others may have your pictures changed, unless a server says otherwise. With /mydata pictures and “no” nobody but you can, in any server: neither pictures that you post, nor your avatar, nor what you had painted.
mydata-pictures-no = Nobody but you can have your pictures changed here, in any server: neither pictures that you post, nor your avatar, nor what you had painted. With /mydata pictures and “yes” you take that back.
button-forget = Yes, forget me

### A server's own key

own-key = Own key at ToAPIs
own-key-none = This server has none: whoever runs this bot pays for its pictures.
own-key-unavailable = This server can’t have a key of its own: whoever runs this bot has not set that up (the setting SECRET_KEYS).
own-key-is = This server pays with its own key, which ends in **{ $last_four }**. { $member } entered it <t:{ NUMBER($at, useGrouping: 0) }:R>.
own-key-is-rejected = ToAPIs refuses this server’s own key, which ends in **{ $last_four }**, so nothing is painted here. { $member } entered it <t:{ NUMBER($at, useGrouping: 0) }:R>. Please enter a new one, or remove it.
own-key-enter = Own key…
own-key-remove = Remove own key
own-key-field = A key from toapis.com/console/token
own-key-how = I keep it encrypted and show only its last four characters. From then on it pays for this server.
own-key-kept = Kept. From now on this server pays with its own key, which ends in **{ $last_four }**; { $unlimited ->
        [yes] it has no limit
       *[no] ${ $money } is left on it
    }. Pictures that are being painted already are paid with the key from before.
own-key-removed = Removed. From now on whoever runs this bot pays for this server again; I delete your key as soon as no picture that it began needs it any more.
own-key-was-set = { $member } entered an own key of this server at ToAPIs, which ends in { $last_four }. It pays for all pictures from now on.
own-key-was-removed = { $member } removed this server’s own key at ToAPIs.
own-key-stopped = ToAPIs refuses this server’s own key, which ends in { $last_four }. Nothing is painted here until somebody who may manage this server enters a new one, or removes it: /server.
own-key-empty = This server’s own account at ToAPIs is empty (its key ends in { $last_four }), so an order failed just now. Please top it up at toapis.com; I try again with each new order.
refused-own-key-off = This server can’t have a key of its own: whoever runs this bot has not set that up. They need the setting SECRET_KEYS; please ask them.
refused-own-key-shape = That is no key of ToAPIs: one begins with “sk-”, with some fifty letters and digits after it. Nothing was changed; please copy it anew from toapis.com/console/token.
refused-own-key-refused = ToAPIs refuses this key, so I have not kept it. Please copy it anew from toapis.com/console/token, or make another one there.
refused-own-key-unchecked = ToAPIs can’t be asked about this key right now, so I have not kept it. Please enter it again in a few minutes.
refused-own-key-gone = This server has no key of its own any more. Use /server to see how it stands.
refused-own-key-rejected = ToAPIs refuses this server’s own key, which ends in { $last_four }. Please ask somebody who may manage this server to enter a new one with /server.
refused-own-key-locked = This server pays with a key of its own, and I can’t open it. Please tell whoever runs this bot to check SECRET_KEYS.
