"""Who was there, since when and how we know: one file per noun. Values in, answer out."""
