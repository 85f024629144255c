"""What tools/chaos and tools/soak share: processes under faults, their journals and the verdict."""
