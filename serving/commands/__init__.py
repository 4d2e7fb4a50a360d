"""Commands of serving, each with ``register(app)``: ``rapport serve``, ``rapport keys``, ``rapport state``."""
