"""Workers end with the process that leads them, however it ends."""

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, time
from itertools import count
from angel_spacy.annotation.shards.local import each

def make():
    def do(number):
        time.sleep(0.05)
        return os.getpid()
    return do

for process in each(make, ((number,) for number in count()), 3):
    print(process, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_its_leader(how):
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as leader:
        workers = set()
        while len(workers) < 3:
            workers.add(int(leader.stdout.readline()))
        leader.send_signal(how)
        try:
            leader.communicate(timeout=20)  # ends when nobody holds its output any more
        except subprocess.TimeoutExpired:
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
            pytest.fail("workers were left behind")
    assert leader.returncode == -how
