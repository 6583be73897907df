"""Where finished runs are told beside their own folders: one file a tracker, their names."""
