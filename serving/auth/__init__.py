"""Who is calling and what may they do: API keys, customer tokens, the scope table and CORS."""
