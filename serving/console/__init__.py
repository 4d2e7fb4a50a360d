"""The page of store and service staff, as it is sent."""
