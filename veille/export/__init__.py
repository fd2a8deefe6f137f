"""What leaves the house: references, calendars, feeds and tables, each a function from records to a text. Pure."""
