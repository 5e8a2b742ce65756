"""What is free again goes back to the system, also where small things that stay lie between."""

import ctypes
import subprocess
import sys

import pytest

from angel_spacy.component import workers

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


SCATTERED = """
import sys
import numpy as np
from angel_spacy.component.workers import return_free_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

before, kept, dropped = resident(), [], []
for _ in range(800):
    dropped.append(np.ones(8000))
    kept.append(np.ones(100))
del dropped
if sys.argv[1] == "returned":
    return_free_memory()
print(resident() - before)
"""

of_glibc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's heap")


def grown(how, program):
    done = subprocess.run([sys.executable, "-c", program, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@of_glibc
def test_what_is_free_between_what_stays_goes_back():
    assert grown("returned", SCATTERED) < 15 << 20 < grown("kept", SCATTERED)


@of_glibc
def test_large_blocks_leave_nothing_behind():
    needed = 5 * 100 * 2000 * 8
    assert grown("returned", PROGRAM) < needed + (8 << 20)


@pytest.mark.parametrize("error", [TypeError, OSError])
def test_nothing_happens_where_there_is_no_glibc(monkeypatch, error):
    def no_library(name):
        raise error(name)

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    workers.return_large_blocks()
    workers.return_free_memory()
