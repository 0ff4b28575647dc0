"""People, facilities, roads and land in and near the zones, and the zones split by admin area."""
