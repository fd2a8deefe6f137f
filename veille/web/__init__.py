"""The reading room: a small server-rendered site over the published database, and where the links of a mail lead."""
