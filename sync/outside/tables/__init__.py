"""Everything that is kept, in Azure Tables."""
