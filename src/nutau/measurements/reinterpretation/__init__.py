"""Published likelihoods as likelihoods of a spectrum: a pyhf workspace whose signal is reweighted bin by bin of q²."""
