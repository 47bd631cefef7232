"""An invented region with real files, and its walk down the road (演示)."""
