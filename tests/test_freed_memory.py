"""Memory that was freed is used again without new pages."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import torch
from dltheory.freed_memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()

def step():
    pieces = [torch.ones(3 * 2**18) for _ in range(20)]  # 3 MiB each

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(3):
    step()
before = faults()
for _ in range(10):
    step()
print(faults() - before)
"""


def page_faults(how):
    command = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is not glibc's")
def test_memory_that_is_kept_costs_no_page_faults():
    pages_of_a_step = 20 * 3 * 2**20 // 4096

    assert page_faults("kept") < pages_of_a_step / 10
    assert page_faults("as by default") > pages_of_a_step
