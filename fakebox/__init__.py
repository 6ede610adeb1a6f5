"""A Dropbox on your own machine, to test against."""
