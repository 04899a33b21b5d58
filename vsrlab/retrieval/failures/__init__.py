"""Scores as the error desk asks them: questions, judged and export are parts of Scored; records and why read one."""
