"""The usage journals of devices: gapless, chained, recorded exactly once."""
