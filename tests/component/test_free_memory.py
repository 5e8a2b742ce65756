"""What is free again goes back to the system, also where small things that stay lie between."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
from angel_spacy.component.workers import return_large_blocks

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

if sys.argv[1] == "returned":
    return_large_blocks()
before, kept = resident(), []
for size in (16, 8, 4, 2, 1):
    large = [np.ones(size << 18) for _ in range(8)]  # of as many MiB, twice
    kept.append([np.ones(2000) for _ in range(100)])
    del large
print(resident() - before)
"""


def grown(how):
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's heap")
def test_large_blocks_leave_nothing_behind():
    needed = 5 * 100 * 2000 * 8
    assert grown("returned") < needed + (8 << 20)
