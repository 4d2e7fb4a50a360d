"""Measurements against peers: ratios in one run, never absolute promises."""
