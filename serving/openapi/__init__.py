"""The OpenAPI 3.1 document, built from the wire structs and the tables, and the page that draws it."""
