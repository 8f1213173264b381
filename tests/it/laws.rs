//! Laws over random small plans and people, through the library.
