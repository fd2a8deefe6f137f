"""From what a source says to an `Item`: the pieces that every kind reads with. Pure."""
