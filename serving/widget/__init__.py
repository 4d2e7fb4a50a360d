"""The script that a shop's pages load, as it is sent."""
