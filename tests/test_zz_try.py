import pytest
from collections.abc import AsyncIterator
from servers import *
from conftest import *
from samples import *
pytestmark = pytest.mark.simcord(shard_count=1)
@pytest.fixture
async def ledger(tmp_path):
    async with Ledger(tmp_path/"data"/"ledger.sqlite3") as ledger: yield ledger
@pytest.fixture
def simcord_bot(load, archive, ledger, tmp_path):
    load(*(write(tmp_path, f"{2000+n}-01-0{d}", f"Story {n} of {d}", topic="Tales") for n in range(8) for d in range(1,9)))
    return make_bot(archive, ledger)
async def test_it(simcord_env, ledger, simcord_bot):
    s = Server.open(simcord_env)
    print(await s.says("add", channel=s.channel, time="9", timezone="berlin", topic="tales"))
    await s.until("2026-01-01 09:00")
    for m in s.posts(): print(text_of(m), parts(m))
    for perm in ("view_channel","send_messages","embed_links","create_public_threads","read_message_history","pin_messages"):
        s.deny(s.channel, perm)
        print(perm, (await s.says("edit", thread=True,pin=True)) , s.env.errors[-1:])
    s.deny(s.channel)
    print(s.sent())
    f=s.guild.create_forum_channel("forum")
    print(s.tags(f,"News","Old"))
    print(await s.says("edit", channel=f, tag="news"))
    print(await s.says("doctor"))
    await s.until("2026-01-02 09:00")
    for t in f.threads: print(t.name, s.posts(t), t._channel.applied_tags)
    n=s.guild.create_news_channel("news")
    print(await s.says("edit", channel=n, publish=True, pin=True, thread=True))
    await s.until("2026-01-03 09:00")
    await s.until("2026-01-03 09:01")
    for m in s.posts(n): print(m.flags, m.pinned, n.threads)
    print(await s.says("doctor"))
    t0=s.env.now()
    import time; t=time.time()
    await s.until("2026-06-03 09:00")
    print(time.time()-t)
    print(s.env.errors)
