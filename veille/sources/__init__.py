"""Managing the list of sources: finding, adding, importing, exporting and trying them."""
