"""The demo: it types the same commands and calls the same endpoints as anybody else would."""
