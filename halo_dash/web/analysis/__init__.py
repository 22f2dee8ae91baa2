"""What the pages of `/analysis` show: runs, their steps and coverage, reports with their proof."""
