"""HTML pages that stand alone: reports in Chinese and English, without anything from elsewhere."""
