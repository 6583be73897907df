"""Ways in which clips go wrong, each in growing doses: what metrics are held against."""
