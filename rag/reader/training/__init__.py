"""How the reader is made: examples, unanswerable questions, training, measuring, calibration."""
