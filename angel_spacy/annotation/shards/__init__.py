"""Many files through a pipeline into a folder of shards: each whole or not at all, all named in a manifest."""
