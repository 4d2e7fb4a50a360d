"""One file per subject of the API; each function takes a :class:`serving.call.Call` and returns an answer."""
