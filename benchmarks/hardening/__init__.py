"""What happens when things break: bad inputs, full disks, kills. `python -m benchmarks.hardening` prints a table."""
