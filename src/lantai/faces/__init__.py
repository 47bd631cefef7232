"""Home pages of each desk and of the portal, navigation (门面)."""
