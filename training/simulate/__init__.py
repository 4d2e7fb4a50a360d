"""What a playbook would have said: the one decision function over the real log, day by day; nothing is written to the log."""
