"""Contact policy: consent, caps over sliding windows, spacing, and quiet hours where the customer lives."""
