"""The nouns of halo-dash: frozen values, standard library only."""
