"""Other people's programs, each set up so that an OSC message changes one slot and another starts a fade of 5 s."""
