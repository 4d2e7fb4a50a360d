"""Service plans: what the brand owes for each unit that a customer holds, and when."""
