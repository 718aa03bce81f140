"""The HTTP interface. An area (commands, statistics, funds …) has controller and shapes side by side."""
