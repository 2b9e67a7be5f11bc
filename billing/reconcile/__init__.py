"""Whether every place that usage passes on its way to money has the same sums."""
