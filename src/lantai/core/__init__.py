"""What every context speaks: digests, seals, dates, errors, jobs, events, settings, ports (基础)."""
