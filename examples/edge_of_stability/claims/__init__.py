"""Claims of papers, a folder for each."""
