"""What tools/compare and tools/million share: servers, load, figures, reports and plots."""
