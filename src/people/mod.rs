//! Raw text in, normalised e-mail addresses and names out.
